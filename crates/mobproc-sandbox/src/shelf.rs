//! A list with an index.

use std::collections::HashMap;

/// Things with ids, in the order they came.
#[derive(Debug, Clone)]
pub(crate) struct Shelf<T> {
    list: Vec<T>,
    places: HashMap<String, usize>,
}

impl<T> Shelf<T> {
    pub(crate) fn new(list: Vec<T>, id: impl Fn(&T) -> &str) -> Self {
        let places = list
            .iter()
            .enumerate()
            .map(|(place, item)| (id(item).to_owned(), place))
            .collect();
        Self { list, places }
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&T> {
        self.list.get(*self.places.get(id)?)
    }

    pub(crate) fn place_of(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    pub(crate) fn by_place_mut(&mut self, place: usize) -> Option<&mut T> {
        self.list.get_mut(place)
    }

    pub(crate) fn all(&self) -> &[T] {
        &self.list
    }

    pub(crate) fn push(&mut self, id: &str, item: T) {
        self.places.insert(id.to_owned(), self.list.len());
        self.list.push(item);
    }
}
