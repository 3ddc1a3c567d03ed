//! Lists that come in pages.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use mobproc_api::types::Collection;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::depth::{Depth, Prefetch};
use crate::clock::BoxFuture;
use crate::error::Error;

/// Fetches one page: limit and offset, or neither for a list of which no paging is documented.
pub(crate) type Fetch<T> =
    Arc<dyn Fn(Option<(i64, i64)>) -> BoxFuture<'static, Result<Collection<T>, Error>> + Send + Sync>;

/// Empty pages in a row after which a list is taken for endless.
const EMPTY_IN_A_ROW: u32 = 10;
/// Pages after which a list is taken for endless.
const MOST_PAGES: u64 = 1_000_000;

/// How a list is walked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walk {
    pub(crate) page_size: u32,
    pub(crate) limit: Option<u64>,
    pub(crate) prefetch: Prefetch,
    /// Whether limit and offset are documented for the list.
    pub(crate) paged: bool,
    /// The most items the server puts on a page, where that is known.
    page_cap: Option<u32>,
}

impl Walk {
    pub(crate) fn new(paged: bool, page_cap: Option<u32>) -> Self {
        let mut walk = Self {
            page_size: 1,
            limit: None,
            prefetch: Prefetch::Fixed(0),
            paged,
            page_cap,
        };
        walk.set_page_size(100);
        walk
    }

    /// Never more than the server puts on a page: it would give fewer, and they would look like the
    /// end.
    pub(crate) fn set_page_size(&mut self, items: u32) {
        self.page_size = items.min(self.page_cap.unwrap_or(u32::MAX)).max(1);
    }
}

/// A page, and how long it took to come.
type Timed<T> = (Result<Collection<T>, Error>, Duration);

/// A page that was asked for.
enum Pending<T> {
    /// Only when somebody waits for it.
    Inline(BoxFuture<'static, Timed<T>>),
    /// Ahead of time.
    Task(JoinHandle<Timed<T>>),
}

/// A list, page by page.
///
/// Offsets are multiples of the page size, the one thing all backends agree on. An empty page in
/// the middle, a total that shrinks and links that are missing are survived. The walk always ends:
/// a server that repeats a page, that gives ten empty ones in a row, or that has more than a
/// million is reported.
///
/// With the feature `stream` it is a `Stream` too.
#[must_use = "nothing is asked for until pages are taken out"]
pub struct Pages<T> {
    fetch: Fetch<T>,
    walk: Walk,
    /// Offset of the next page to ask for.
    ahead: i64,
    /// Offset of the next page to give out.
    offset: i64,
    given: u64,
    total: Option<i64>,
    waiting: VecDeque<Pending<T>>,
    depth: Depth,
    first_of_last: Option<T>,
    empty_in_a_row: u32,
    landmark: Landmark<T>,
    done: bool,
}

/// Finds out that pages come round again, however many there are in the circle: each page is held
/// against an earlier one, which is replaced at pages 1, 2, 4, 8 and so on.
struct Landmark<T> {
    pages: u64,
    replaced_at: u64,
    /// First and last item of the earlier page.
    ends: Option<(T, T)>,
}

impl<T: Clone + PartialEq> Landmark<T> {
    const fn new() -> Self {
        Self {
            pages: 0,
            replaced_at: 1,
            ends: None,
        }
    }

    /// Whether the walk has come round to where it was. `more`: pages follow.
    fn is_passed_again(&mut self, items: &[T], more: bool) -> bool {
        self.pages += 1;
        let (Some(first), Some(last)) = (items.first(), items.last()) else {
            return false;
        };
        if self
            .ends
            .as_ref()
            .is_some_and(|(known_first, known_last)| known_first == first && known_last == last)
        {
            return true;
        }
        if more && self.pages >= self.replaced_at {
            self.replaced_at = self.pages.saturating_mul(2);
            self.ends = Some((first.clone(), last.clone()));
        }
        false
    }
}

/// Nothing in it is pinned in place.
impl<T> Unpin for Pages<T> {}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("walk", &self.walk)
            .field("offset", &self.offset)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

impl<T> Drop for Pages<T> {
    fn drop(&mut self) {
        self.let_go();
    }
}

impl<T> Pages<T> {
    /// Asks for none of the pages that were set off.
    fn let_go(&mut self) {
        for page in self.waiting.drain(..) {
            if let Pending::Task(task) = page {
                task.abort();
            }
        }
    }
}

impl<T: Clone + PartialEq + Send + 'static> Pages<T> {
    pub(crate) fn new(fetch: Fetch<T>, walk: Walk) -> Self {
        Self {
            fetch,
            walk,
            ahead: 0,
            offset: 0,
            given: 0,
            total: None,
            waiting: VecDeque::new(),
            depth: Depth::new(walk.prefetch),
            first_of_last: None,
            empty_in_a_row: 0,
            landmark: Landmark::new(),
            done: walk.limit == Some(0),
        }
    }

    /// The number of items over all pages, as the last page told it.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total.and_then(|total| u64::try_from(total).ok())
    }

    /// Returns the next page; nothing after the last. After an error there is nothing either.
    ///
    /// Safe to stop waiting for: the next call gives the same page.
    pub async fn next(&mut self) -> Option<Result<Vec<T>, Error>> {
        poll_fn(|context| self.poll_page(context)).await
    }

    /// Returns all items of all pages.
    ///
    /// # Errors
    ///
    /// That of the first page that cannot be fetched.
    pub async fn collect(mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next().await {
            all.extend(page?);
        }
        Ok(all)
    }

    /// The same list, item by item.
    pub fn items(self) -> Items<T> {
        Items {
            pages: self,
            page: Vec::new().into_iter(),
        }
    }

    /// Whether a page at this offset can hold anything that is wanted.
    fn is_wanted(&self, offset: i64) -> bool {
        let within_limit = self
            .walk
            .limit
            .is_none_or(|limit| i64::try_from(limit).is_ok_and(|limit| offset < limit));
        within_limit && self.total.is_none_or(|total| offset < total)
    }

    fn page_at(&self, offset: i64) -> BoxFuture<'static, Timed<T>> {
        let place = (self.walk.paged || offset > 0).then(|| (i64::from(self.walk.page_size), offset));
        let page = (self.fetch)(place);
        Box::pin(async move {
            let begin = Instant::now();
            (page.await, begin.elapsed())
        })
    }

    /// Sets off as many pages as may be under way, besides `others` that are waited for already.
    fn ask_ahead(&mut self, others: usize) {
        // How far to go is known once the first page has told the total.
        let most = if self.total.is_some() {
            self.depth.pages as usize
        } else {
            0
        };
        while self.waiting.len() < most + others && self.is_wanted(self.ahead) {
            let page = self.page_at(self.ahead);
            self.waiting.push_back(Pending::Task(tokio::spawn(page)));
            self.ahead += i64::from(self.walk.page_size);
        }
    }

    fn poll_page(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Vec<T>, Error>>> {
        while !self.done {
            match ready!(self.poll_next_page(context)) {
                // An empty page in the middle: the next one may not be.
                Ok(items) if items.is_empty() => {}
                Ok(items) => return Poll::Ready(Some(Ok(items))),
                Err(error) => {
                    self.done = true;
                    self.let_go();
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Ready(None)
    }

    fn poll_next_page(&mut self, context: &mut Context<'_>) -> Poll<Result<Vec<T>, Error>> {
        if self.waiting.is_empty() {
            let page = self.page_at(self.offset);
            self.waiting.push_back(Pending::Inline(page));
            self.ahead = self.offset + i64::from(self.walk.page_size);
        } else {
            self.ask_ahead(1);
        }
        // Nothing changes before the page is there: whoever stops waiting and asks again gets the
        // same page.
        let (page, took) = match self.waiting.front_mut() {
            Some(Pending::Inline(page)) => ready!(page.as_mut().poll(context)),
            Some(Pending::Task(task)) => match ready!(Pin::new(task).poll(context)) {
                Ok(page) => page,
                Err(_) => (
                    Err(Error::unexpected("fetching a page was cut short")),
                    Duration::ZERO,
                ),
            },
            // One was put there above.
            None => (Err(Error::unexpected("no page was asked for")), Duration::ZERO),
        };
        self.depth.gives(took, Instant::now());
        self.waiting.pop_front();
        Poll::Ready(page.and_then(|page| self.take(page)))
    }

    /// A server that says it makes smaller pages than it was asked for is believed: whoever went on by
    /// what was asked would leave out what is in between.
    fn take_smaller_pages(&mut self, served: Option<i64>, has_next: bool) {
        // What says that nothing follows says nothing of the size of pages.
        let more = has_next
            || self
                .total
                .zip(served)
                .is_some_and(|(total, served)| total > served);
        let served = served.and_then(|served| u32::try_from(served).ok());
        let smaller = 1..self.walk.page_size;
        if let Some(served) = served.filter(|served| more && smaller.contains(served)) {
            self.walk.page_size = served;
            self.ahead = i64::from(served);
        }
    }

    /// What a page brings, and what it says about those that follow.
    fn take(&mut self, page: Collection<T>) -> Result<Vec<T>, Error> {
        let meta = page.meta();
        let has_next = meta.is_some_and(|meta| meta.href_next.is_some());
        self.total = meta.and_then(|meta| meta.total_count);
        let length = page.len();
        if !self.walk.paged && self.offset == 0 {
            // The server chose the size of the only page, or of the first.
            self.walk.page_size = u32::try_from(length).unwrap_or(u32::MAX).max(1);
            self.ahead = i64::from(self.walk.page_size);
        }
        if self.walk.paged && self.offset == 0 {
            self.take_smaller_pages(meta.and_then(|meta| meta.limit), has_next);
        }
        let size = i64::from(self.walk.page_size);
        self.offset += size;
        let more = has_next
            || match self.total {
                Some(total) => total > self.offset,
                // Without a word on what follows, a full page may not be the last.
                None => self.walk.paged && i64::try_from(length).is_ok_and(|length| length >= size),
            };
        let mut items = page.into_items();
        let is_repeated = length > 0 && items.first() == self.first_of_last.as_ref();
        if is_repeated || self.landmark.is_passed_again(&items, more) {
            return Err(Error::unexpected("the server repeats a page of the list"));
        }
        if more && self.landmark.pages >= MOST_PAGES {
            return Err(Error::unexpected("the list does not end"));
        }
        if length == 0 {
            self.empty_in_a_row += 1;
            if more && self.empty_in_a_row >= EMPTY_IN_A_ROW {
                return Err(Error::unexpected(
                    "the server gives one empty page of the list after the other",
                ));
            }
        } else {
            self.empty_in_a_row = 0;
            self.first_of_last = items.first().cloned();
        }
        if let Some(limit) = self.walk.limit {
            let left = usize::try_from(limit - self.given).unwrap_or(usize::MAX);
            items.truncate(left);
        }
        self.given += items.len() as u64;
        self.done = !more || self.walk.limit == Some(self.given);
        if self.done {
            self.let_go();
        } else {
            self.ask_ahead(0);
        }
        Ok(items)
    }
}

/// A list, item by item. Made by [`Pages::items`].
///
/// With the feature `stream` it is a `Stream` too.
#[derive(Debug)]
#[must_use = "nothing is asked for until items are taken out"]
pub struct Items<T> {
    pages: Pages<T>,
    page: std::vec::IntoIter<T>,
}

impl<T: Clone + PartialEq + Send + 'static> Items<T> {
    /// Returns the next item; nothing after the last. After an error there is nothing either.
    ///
    /// Safe to stop waiting for: the next call gives the same item.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|context| self.poll_item(context)).await
    }

    /// Returns all that is left.
    ///
    /// # Errors
    ///
    /// That of the first page that cannot be fetched.
    pub async fn collect(self) -> Result<Vec<T>, Error> {
        let mut all: Vec<T> = self.page.collect();
        all.extend(self.pages.collect().await?);
        Ok(all)
    }

    fn poll_item(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        loop {
            if let Some(item) = self.page.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(self.pages.poll_page(context)) {
                Some(Ok(page)) => self.page = page.into_iter(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

#[cfg(feature = "stream")]
impl<T: Clone + PartialEq + Send + 'static> futures_core::Stream for Pages<T> {
    type Item = Result<Vec<T>, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_page(context)
    }
}

/// Nothing in it is pinned in place.
#[cfg(feature = "stream")]
impl<T> Unpin for Items<T> {}

#[cfg(feature = "stream")]
impl<T: Clone + PartialEq + Send + 'static> futures_core::Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Waker};

    use mobproc_api::types::{Collection, Employee};
    use serde_json::{Value, json};

    use super::{EMPTY_IN_A_ROW, Fetch, MOST_PAGES, Pages, Prefetch, Walk};
    use crate::error::Error;

    /// What was asked for: limit and offset, or neither.
    type Places = Arc<Mutex<Vec<Option<(i64, i64)>>>>;

    /// More than any walk here needs: one that goes on is wrong, and must not go on for ever.
    const TOO_MANY: usize = 200;

    /// A server that gives a page for each place, and what it was asked for.
    fn serves(
        page: impl Fn(Option<(i64, i64)>) -> Value + Send + Sync + 'static,
    ) -> (Fetch<Employee>, Places) {
        let places = Places::default();
        let asked = Arc::clone(&places);
        let fetch: Fetch<Employee> = Arc::new(move |place| {
            let mut asked = asked.lock().unwrap();
            asked.push(place);
            let page = (asked.len() < TOO_MANY).then(|| page(place));
            Box::pin(async move {
                let page = page.ok_or_else(|| Error::configuration("asked too often"))?;
                Ok(serde_json::from_value::<Collection<Employee>>(page).unwrap())
            })
        });
        (fetch, places)
    }

    /// Numbered employees from an offset on.
    fn employees(numbers: impl Iterator<Item = i64>) -> Vec<Value> {
        numbers.map(|number| json!({"id": number.to_string()})).collect()
    }

    fn ids(employees: &[Employee]) -> Vec<i64> {
        employees
            .iter()
            .map(|employee| employee.id.parse().unwrap())
            .collect()
    }

    fn walk_by(page_size: u32, limit: Option<u64>, prefetch: u32) -> Walk {
        Walk {
            page_cap: None,
            page_size,
            limit,
            prefetch: Prefetch::Fixed(prefetch),
            paged: true,
        }
    }

    /// Every size of list, page and limit that makes a difference, with pages fetched ahead or not.
    #[tokio::test]
    async fn a_walk_asks_for_what_is_wanted_and_for_nothing_else() {
        for total in 0..8 {
            for size in 1..5 {
                for limit in [
                    None,
                    Some(0),
                    Some(1),
                    Some(2),
                    Some(3),
                    Some(4),
                    Some(6),
                    Some(9),
                ] {
                    for prefetch in [0, 1, 3] {
                        let (fetch, places) = serves(move |place| {
                            let (limit, offset) = place.unwrap();
                            let items = employees(offset..total.min(offset + limit));
                            json!({"_meta": {"totalCount": total}, "employees": items})
                        });
                        let pages = Pages::new(fetch, walk_by(size, limit, prefetch));
                        let wanted = limit.map_or(total, |limit| total.min(limit.try_into().unwrap()));
                        let case = format!("{total} by {size}, limit {limit:?}, {prefetch} ahead");
                        assert_eq!(
                            ids(&pages.collect().await.unwrap()),
                            (0..wanted).collect::<Vec<_>>(),
                            "{case}"
                        );
                        let size = i64::from(size);
                        // Whether there is anything is known from the first page.
                        let last = if limit == Some(0) { 0 } else { wanted.max(1) };
                        let expected: Vec<_> = (0..last)
                            .step_by(size.try_into().unwrap())
                            .map(|offset| Some((size, offset)))
                            .collect();
                        assert_eq!(*places.lock().unwrap(), expected, "{case}");
                    }
                }
            }
        }
    }

    #[tokio::test]
    async fn as_many_pages_are_asked_for_ahead_as_was_said() {
        for prefetch in 0..4 {
            for limit in [None, Some(7), Some(8)] {
                let (fetch, places) = serves(|place| {
                    let (_, offset) = place.unwrap();
                    json!({"_meta": {"totalCount": 20}, "employees": employees(offset..offset + 2)})
                });
                let mut pages = Pages::new(fetch, walk_by(2, limit, prefetch));
                assert_eq!(
                    places.lock().unwrap().len(),
                    0,
                    "nothing is asked for until it is wanted"
                );
                for page in 1..=4 {
                    let first = pages.next().await.unwrap().unwrap().into_iter().next().unwrap();
                    assert_eq!(ids(&[first]), [2 * page - 2]);
                    let asked = usize::try_from(page).unwrap() + prefetch as usize;
                    let expected = limit.map_or(asked, |_| asked.min(4));
                    let case = format!("{prefetch} ahead, page {page}, limit {limit:?}");
                    assert_eq!(places.lock().unwrap().len(), expected, "{case}");
                }
            }
        }
    }

    /// Pages that were asked for ahead are let go: on a drop, on an error, and at the end.
    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_let_go() {
        // Each page but the first is held back, with a sign of life in its hands.
        let life = Arc::new(());
        let held = Arc::clone(&life);
        let fetch: Fetch<Employee> = Arc::new(move |place| {
            let sign = Arc::clone(&held);
            Box::pin(async move {
                if place.unwrap().1 > 0 {
                    std::future::pending::<()>().await;
                }
                drop(sign);
                let page = json!({"_meta": {"totalCount": 20}, "employees": [{"id": "1"}]});
                Ok(serde_json::from_value::<Collection<Employee>>(page).unwrap())
            })
        });
        let mut pages = Pages::new(fetch, walk_by(1, None, 3));
        assert!(pages.next().await.is_some());
        // Ours, that of the fetching function, and those of three pages under way.
        assert_eq!(Arc::strong_count(&life), 5);
        // Whoever waits for one of them has three more under way.
        {
            let mut next = std::pin::pin!(pages.next());
            let mut context = Context::from_waker(Waker::noop());
            assert!(next.as_mut().poll(&mut context).is_pending());
        }
        assert_eq!(Arc::strong_count(&life), 6);
        drop(pages);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert_eq!(Arc::strong_count(&life), 1);
    }

    #[tokio::test]
    async fn the_total_is_that_of_the_last_page() {
        let (fetch, _) = serves(|place| match place.unwrap().1 {
            0 => json!({"_meta": {"totalCount": 4}, "employees": employees(0..2)}),
            2 => json!({"_meta": {"totalCount": -1, "hrefNext": "/next"}, "employees": employees(2..4)}),
            _ => json!({"employees": employees(4..5)}),
        });
        let mut pages = Pages::new(fetch, walk_by(2, None, 0));
        let mut totals = vec![pages.total()];
        while let Some(page) = pages.next().await {
            assert!(!page.unwrap().is_empty());
            totals.push(pages.total());
        }
        assert_eq!(totals, [None, Some(4), None, None]);
    }

    #[tokio::test]
    async fn debug_shows_where_a_walk_is_and_nothing_of_what_it_found() {
        let (fetch, _) = serves(|_| json!({"employees": [{"id": "4711"}]}));
        let mut pages = Pages::new(fetch, walk_by(2, None, 0));
        let _ = pages.next().await;
        let text = format!("{pages:?}");
        for part in ["Pages", "page_size: 2", "offset: 2", "done: true"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("4711"), "{text}");
    }

    /// Without a total, a link or a full page says that more follows.
    #[tokio::test]
    async fn a_list_without_a_total_ends_with_a_page_that_is_not_full() {
        let (fetch, places) = serves(|place| {
            let (limit, offset) = place.unwrap();
            json!({"employees": employees(offset..5.min(offset + limit))})
        });
        let all = Pages::new(fetch, walk_by(2, None, 2)).collect().await.unwrap();
        assert_eq!(ids(&all), [0, 1, 2, 3, 4]);
        let expected = [Some((2, 0)), Some((2, 2)), Some((2, 4))];
        assert_eq!(*places.lock().unwrap(), expected);
        // A link on a short page is believed as well.
        let (fetch, places) = serves(|place| match place.unwrap().1 {
            0 => json!({"_meta": {"hrefNext": "/next"}, "employees": employees(0..1)}),
            _ => json!({"employees": employees(1..2)}),
        });
        let all = Pages::new(fetch, walk_by(2, None, 0)).collect().await.unwrap();
        assert_eq!(ids(&all), [0, 1]);
        assert_eq!(*places.lock().unwrap(), [Some((2, 0)), Some((2, 2))]);
    }

    #[tokio::test]
    async fn a_server_with_smaller_pages_than_asked_for_loses_no_item() {
        for prefetch in [0, 4] {
            let (fetch, places) = serves(|place| {
                let (_, offset) = place.unwrap();
                let meta = json!({"limit": 2, "offset": offset, "totalCount": 5});
                json!({"_meta": meta, "employees": employees(offset..5.min(offset + 2))})
            });
            let all = Pages::new(fetch, walk_by(100, None, prefetch))
                .collect()
                .await
                .unwrap();
            assert_eq!(ids(&all), [0, 1, 2, 3, 4]);
            assert_eq!(
                *places.lock().unwrap(),
                [Some((100, 0)), Some((2, 2)), Some((2, 4))]
            );
        }
    }

    /// One that calls the number of items its limit has made no smaller pages.
    #[tokio::test]
    async fn a_single_page_that_tells_its_length_as_its_limit_is_the_last() {
        for meta in [json!({"limit": 3}), json!({"limit": 3, "totalCount": 3})] {
            let (fetch, places) = serves(move |_| json!({"_meta": meta, "employees": employees(0..3)}));
            let all = Pages::new(fetch, walk_by(100, None, 2)).collect().await.unwrap();
            assert_eq!(ids(&all), [0, 1, 2]);
            assert_eq!(*places.lock().unwrap(), [Some((100, 0))]);
        }
    }

    /// The server chooses the size of the first page, and limit and offset follow it.
    #[tokio::test]
    async fn a_list_of_which_no_paging_is_documented_is_asked_for_plainly() {
        let (fetch, places) = serves(|place| match place {
            None => json!({"_meta": {"totalCount": 5}, "employees": employees(0..3)}),
            Some((_, offset)) => json!({"_meta": {"totalCount": 5}, "employees": employees(offset..5)}),
        });
        let all = Pages::new(fetch, Walk::new(false, None)).collect().await.unwrap();
        assert_eq!(ids(&all), [0, 1, 2, 3, 4]);
        assert_eq!(*places.lock().unwrap(), [None, Some((3, 3))]);
        // A page that holds all ends the walk, and so does an empty one.
        for numbers in [0..3, 0..0] {
            let (fetch, places) = serves(move |_| json!({"employees": employees(numbers.clone())}));
            let _ = Pages::new(fetch, Walk::new(false, None)).collect().await.unwrap();
            assert_eq!(*places.lock().unwrap(), [None]);
        }
    }

    #[tokio::test]
    async fn empty_pages_are_passed_over_until_there_are_too_many_in_a_row() {
        for empty in [1, EMPTY_IN_A_ROW - 1, EMPTY_IN_A_ROW] {
            let empty = i64::from(empty);
            // Twice so many, with a page between.
            let (fetch, places) = serves(move |place| {
                let (_, offset) = place.unwrap();
                let items = if offset % (empty + 1) == empty {
                    employees(offset..offset + 1)
                } else {
                    Vec::new()
                };
                json!({"_meta": {"totalCount": 2 * (empty + 1)}, "employees": items})
            });
            let outcome = Pages::new(fetch, walk_by(1, None, 0)).collect().await;
            if empty < i64::from(EMPTY_IN_A_ROW) {
                assert_eq!(ids(&outcome.unwrap()), [empty, 2 * empty + 1]);
            } else {
                let error = outcome.unwrap_err().to_string();
                assert!(error.contains("one empty page"), "{error}");
                assert_eq!(places.lock().unwrap().len(), EMPTY_IN_A_ROW as usize);
            }
        }
        // Nobody gets one of them.
        let (fetch, _) = serves(|place| {
            let items = if place.unwrap().1 % 2 == 1 {
                employees(1..2)
            } else {
                Vec::new()
            };
            json!({"_meta": {"totalCount": 2}, "employees": items})
        });
        let mut pages = Pages::new(fetch, walk_by(1, None, 0));
        assert_eq!(ids(&pages.next().await.unwrap().unwrap()), [1]);
        // The last pages of a list may be empty.
        let (fetch, _) = serves(|place| {
            let items = if place.unwrap().1 == 0 {
                employees(0..1)
            } else {
                Vec::new()
            };
            json!({"_meta": {"totalCount": i64::from(EMPTY_IN_A_ROW) + 1}, "employees": items})
        });
        assert!(Pages::new(fetch, walk_by(1, None, 0)).collect().await.is_ok());
    }

    /// A page is known again by both of its ends.
    #[tokio::test]
    async fn pages_that_share_an_item_are_not_the_same() {
        let ends = [[0, 1], [2, 3], [0, 4], [5, 3], [6, 1]];
        let (fetch, _) = serves(move |place| {
            let page = ends[usize::try_from(place.unwrap().1 / 2).unwrap()];
            json!({"_meta": {"totalCount": 10}, "employees": employees(page.into_iter())})
        });
        let all = Pages::new(fetch, walk_by(2, None, 0)).collect().await.unwrap();
        assert_eq!(ids(&all), ends.concat());
    }

    /// A page that follows itself is known by its first item, wherever in the list it stands.
    #[tokio::test]
    async fn a_page_that_follows_itself_ends_the_walk_at_once() {
        for (repeated, last) in [(5, 9), (6, 6)] {
            let (fetch, places) = serves(move |place| {
                let page = place.unwrap().1 / 2 + 1;
                let first = if page > repeated { repeated } else { page };
                let end = if page > repeated { last } else { 100 + page };
                json!({"_meta": {"hrefNext": "/next"}, "employees": employees([first, end].into_iter())})
            });
            let error = Pages::new(fetch, walk_by(2, None, 0))
                .collect()
                .await
                .unwrap_err();
            assert!(error.to_string().contains("repeats a page"), "{error}");
            let asked = usize::try_from(repeated).unwrap() + 1;
            assert_eq!(places.lock().unwrap().len(), asked);
        }
    }

    #[tokio::test]
    async fn items_come_one_by_one_and_what_is_left_can_be_collected() {
        let list = || {
            serves(|place| {
                let (limit, offset) = place.unwrap();
                json!({"_meta": {"totalCount": 5}, "employees": employees(offset..5.min(offset + limit))})
            })
        };
        let mut items = Pages::new(list().0, walk_by(2, None, 0)).items();
        let mut found = Vec::new();
        while let Some(item) = items.next().await {
            found.push(item.unwrap());
        }
        assert_eq!(ids(&found), [0, 1, 2, 3, 4]);
        assert!(items.next().await.is_none());
        let mut items = Pages::new(list().0, walk_by(2, None, 0)).items();
        assert_eq!(ids(&[items.next().await.unwrap().unwrap()]), [0]);
        assert_eq!(ids(&items.collect().await.unwrap()), [1, 2, 3, 4]);
    }

    #[cfg(feature = "stream")]
    #[tokio::test]
    async fn pages_and_items_are_streams_as_well() {
        use std::future::poll_fn;
        use std::pin::Pin;

        use futures_core::Stream;

        async fn all<S: Stream + Unpin>(mut stream: S) -> Vec<S::Item> {
            let mut found = Vec::new();
            while let Some(item) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
                found.push(item);
                assert!(found.len() < TOO_MANY);
            }
            found
        }
        let list = || {
            serves(|place| {
                let (limit, offset) = place.unwrap();
                json!({"_meta": {"totalCount": 3}, "employees": employees(offset..3.min(offset + limit))})
            })
        };
        let pages = all(Pages::new(list().0, walk_by(2, None, 0))).await;
        let pages: Vec<Vec<i64>> = pages.into_iter().map(|page| ids(&page.unwrap())).collect();
        assert_eq!(pages, [vec![0, 1], vec![2]]);
        let items = all(Pages::new(list().0, walk_by(2, None, 0)).items()).await;
        let items: Vec<Employee> = items.into_iter().map(Result::unwrap).collect();
        assert_eq!(ids(&items), [0, 1, 2]);
    }

    /// A page of one item each, by its number, and how many there are.
    fn server(page: impl Fn(i64) -> i64 + Send + Sync + 'static) -> (Fetch<Employee>, Arc<AtomicI64>) {
        let asked = Arc::new(AtomicI64::new(0));
        let counter = Arc::clone(&asked);
        let fetch: Fetch<Employee> = Arc::new(move |_| {
            let number = counter.fetch_add(1, Ordering::SeqCst);
            let body = json!({
                "_meta": {"hrefNext": "https://api.example/next"},
                "employees": [{"id": page(number).to_string()}],
            });
            Box::pin(async move {
                // No walk here needs so many, and one that is wrong must not go on for ever.
                if number > 1000 {
                    return Err(Error::configuration("asked too often"));
                }
                Ok(serde_json::from_value::<Collection<Employee>>(body).unwrap())
            })
        });
        (fetch, asked)
    }

    fn walk() -> Walk {
        Walk {
            page_size: 1,
            ..Walk::new(true, None)
        }
    }

    /// Issue 13, point 6: these were walked for ever.
    #[tokio::test]
    async fn pages_that_come_round_again_end_the_walk() {
        for before in [0, 1, 5] {
            for round in [1, 2, 3, 7, 40] {
                let (fetch, asked) = server(move |number| {
                    if number < before {
                        -number - 1
                    } else {
                        (number - before) % round
                    }
                });
                let error = Pages::new(fetch, walk()).collect().await.unwrap_err();
                assert!(error.to_string().contains("repeats a page"), "{error}");
                // At the latest after the power of two that is not less than either.
                assert!(
                    asked.load(Ordering::SeqCst) <= 4 * (before + round) + 2,
                    "{before} {round}"
                );
            }
        }
    }

    #[tokio::test]
    async fn even_a_list_that_is_always_new_ends() {
        let (fetch, asked) = server(|number| number);
        let mut pages = Pages::new(fetch, walk());
        pages.landmark.pages = MOST_PAGES - 100;
        let error = pages.collect().await.unwrap_err();
        assert!(error.to_string().contains("does not end"), "{error}");
        assert_eq!(asked.load(Ordering::SeqCst), 100);
    }
}
