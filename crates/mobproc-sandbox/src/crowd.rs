//! A list with an index that may be very long: most of it is made when it is looked at, and only
//! what has changed is kept.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::shelf::Shelf;

/// What pages can be cut from.
pub(crate) trait Listing {
    type Item: Clone;

    fn len(&self) -> usize;

    fn at(&self, place: usize) -> Option<Cow<'_, Self::Item>>;
}

impl<T: Clone> Listing for [T] {
    type Item = T;

    fn len(&self) -> usize {
        <[T]>::len(self)
    }

    fn at(&self, place: usize) -> Option<Cow<'_, T>> {
        self.get(place).map(Cow::Borrowed)
    }
}

/// Makes the things of a list by their number.
pub(crate) type Maker<T> = Arc<dyn Fn(usize) -> T + Send + Sync>;

/// Things that are made when they are looked at. Their ids are numbers, one after another.
#[derive(Clone)]
struct Made<T> {
    count: usize,
    first_id: usize,
    make: Maker<T>,
    changed: HashMap<usize, T>,
}

/// Things with ids, in the order they came: those of the data set, those that are made, those that
/// were added since.
#[derive(Clone)]
pub(crate) struct Crowd<T> {
    /// Those that are not made.
    listed: Shelf<T>,
    /// How many of these come before what is made.
    before: usize,
    made: Option<Made<T>>,
}

/// What of a list is not made when it is looked at.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptCrowd<T> {
    listed: Vec<T>,
    /// By number.
    changed: Vec<(usize, T)>,
}

impl<T: Clone> Crowd<T> {
    pub(crate) fn new(list: Vec<T>, id: impl Fn(&T) -> &str) -> Self {
        Self {
            before: list.len(),
            listed: Shelf::new(list, id),
            made: None,
        }
    }

    /// Adds things that are made when they are looked at, behind what there is.
    pub(crate) fn add_made(&mut self, count: usize, first_id: usize, make: Maker<T>) {
        self.before = self.listed.all().len();
        self.made = Some(Made {
            count,
            first_id,
            make,
            changed: HashMap::new(),
        });
    }

    pub(crate) fn len(&self) -> usize {
        self.listed.all().len() + self.made.as_ref().map_or(0, |made| made.count)
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<Cow<'_, T>> {
        match self.listed.by_id(id) {
            Some(item) => Some(Cow::Borrowed(item)),
            None => {
                let made = self.made.as_ref()?;
                Some(made.get(made.number_of(id)?))
            }
        }
    }

    pub(crate) fn by_id_mut(&mut self, id: &str) -> Option<&mut T> {
        match self.listed.place_of(id) {
            Some(place) => self.listed.by_place_mut(place),
            None => {
                let made = self.made.as_mut()?;
                let number = made.number_of(id)?;
                let make = &made.make;
                Some(made.changed.entry(number).or_insert_with(|| make(number)))
            }
        }
    }

    /// By its number among those that are made.
    pub(crate) fn made(&self, number: usize) -> Option<Cow<'_, T>> {
        let made = self.made.as_ref().filter(|made| number < made.count)?;
        Some(made.get(number))
    }

    pub(crate) fn at(&self, place: usize) -> Option<Cow<'_, T>> {
        let made = self.made.as_ref().map_or(0, |made| made.count);
        if place < self.before {
            self.listed.all().get(place).map(Cow::Borrowed)
        } else if place < self.before + made {
            self.made(place - self.before)
        } else {
            self.listed.all().get(place - made).map(Cow::Borrowed)
        }
    }

    /// Where the things stand that are not made, that have changed, and one that is made: all that
    /// somebody can have to whom that one belongs.
    pub(crate) fn candidates(&self, own: Option<usize>) -> Vec<usize> {
        let made = self.made.as_ref().map_or(0, |made| made.count);
        let changed = self.made.iter().flat_map(|made| made.changed.keys().copied());
        let mut places: Vec<usize> = (0..self.before)
            .chain(self.before + made..self.len())
            .chain(changed.chain(own).map(|number| self.before + number))
            .filter(|place| *place < self.len())
            .collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The number of a thing among those that are made, if it is one.
    pub(crate) fn number_of(&self, id: &str) -> Option<usize> {
        self.made.as_ref()?.number_of(id)
    }

    pub(crate) fn place_of(&self, id: &str) -> Option<usize> {
        match self.listed.place_of(id) {
            Some(place) if place < self.before => Some(place),
            Some(place) => Some(place + self.made.as_ref().map_or(0, |made| made.count)),
            None => self.number_of(id).map(|number| self.before + number),
        }
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = Cow<'_, T>> {
        (0..self.len()).filter_map(|place| self.at(place))
    }

    pub(crate) fn push(&mut self, id: &str, item: T) {
        self.listed.push(id, item);
    }

    /// All that is not made when it is looked at.
    pub(crate) fn kept(&self) -> KeptCrowd<T> {
        let changed = self.made.iter().flat_map(|made| &made.changed);
        KeptCrowd {
            listed: self.listed.all().to_vec(),
            changed: changed.map(|(number, item)| (*number, item.clone())).collect(),
        }
    }

    /// Takes what was kept instead of what there is.
    pub(crate) fn restore(&mut self, kept: KeptCrowd<T>, id: impl Fn(&T) -> &str) {
        self.listed = Shelf::new(kept.listed, id);
        if let Some(made) = &mut self.made {
            made.changed = kept.changed.into_iter().collect();
        }
    }
}

impl<T: Clone> Made<T> {
    fn number_of(&self, id: &str) -> Option<usize> {
        // A number with a zero or a sign in front is another text.
        let is_plain = id.starts_with(|first: char| ('1'..='9').contains(&first));
        let number = id.parse::<usize>().ok().filter(|_| is_plain)?;
        number
            .checked_sub(self.first_id)
            .filter(|number| *number < self.count)
    }

    fn get(&self, number: usize) -> Cow<'_, T> {
        match self.changed.get(&number) {
            Some(changed) => Cow::Borrowed(changed),
            None => Cow::Owned((self.make)(number)),
        }
    }
}

impl<T: Clone> Listing for Crowd<T> {
    type Item = T;

    fn len(&self) -> usize {
        Self::len(self)
    }

    fn at(&self, place: usize) -> Option<Cow<'_, T>> {
        Self::at(self, place)
    }
}

impl<T> fmt::Debug for Crowd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crowd")
            .field("listed", &self.listed.all().len())
            .field("made", &self.made.as_ref().map_or(0, |made| made.count))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_stands_between_what_was_there_and_what_was_added() {
        let named = |name: &str| (name.to_owned(), name.to_uppercase());
        let mut crowd = Crowd::new(vec![named("a"), named("b")], |item| &item.0);
        crowd.add_made(
            3,
            100,
            Arc::new(|number| ((100 + number).to_string(), format!("M{number}"))),
        );
        crowd.push("c", named("c"));
        let ids =
            |crowd: &Crowd<(String, String)>| crowd.iter().map(|item| item.0.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&crowd), ["a", "b", "100", "101", "102", "c"]);
        assert_eq!(crowd.len(), 6);
        assert_eq!(crowd.iter().rev().count(), 6);
        assert_eq!(crowd.by_id("101").unwrap().1, "M1");
        for id in ["99", "103", "0101", "+101", "x", ""] {
            assert!(crowd.by_id(id).is_none(), "{id}");
        }
        crowd.by_id_mut("101").unwrap().1.push('!');
        crowd.by_id_mut("a").unwrap().1.push('!');
        assert_eq!(crowd.by_id("101").unwrap().1, "M1!");
        assert_eq!(crowd.at(3).unwrap().1, "M1!");
        assert_eq!(crowd.by_id("a").unwrap().1, "A!");
        assert_eq!(crowd.candidates(Some(2)), [0, 1, 3, 4, 5]);
        assert_eq!(crowd.candidates(None), [0, 1, 3, 5]);
        assert_eq!(
            ["a", "102", "c", "x"].map(|id| crowd.place_of(id)),
            [Some(0), Some(4), Some(5), None]
        );
        assert!(crowd.at(6).is_none() && crowd.by_id_mut("103").is_none());
    }
}
