//! Lists that come in pages.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use mobproc_api::BoxFuture;
use mobproc_api::types::Collection;
use tokio::task::JoinHandle;

use crate::error::Error;

/// Asks for one page: limit and offset.
pub(crate) type Fetch<T> =
    Arc<dyn Fn(i64, i64) -> BoxFuture<'static, Result<Collection<T>, Error>> + Send + Sync>;

/// Empty pages in a row after which a list is taken for endless.
const EMPTY_IN_A_ROW: u32 = 10;

/// How a list is walked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walk {
    pub(crate) page_size: u32,
    pub(crate) limit: Option<u64>,
    pub(crate) prefetch: u32,
}

impl Default for Walk {
    fn default() -> Self {
        Self {
            page_size: 100,
            limit: None,
            prefetch: 0,
        }
    }
}

/// A list, page by page.
///
/// Offsets are multiples of the page size, the one thing all backends agree on. An empty page in the middle, a total that shrinks and
/// links that are missing are survived; a server that repeats a page is reported, so the walk always ends.
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
    waiting: VecDeque<JoinHandle<Result<Collection<T>, Error>>>,
    first_of_last: Option<T>,
    empty_in_a_row: u32,
    done: bool,
}

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
        for task in &self.waiting {
            task.abort();
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
            first_of_last: None,
            empty_in_a_row: 0,
            done: walk.limit == Some(0),
        }
    }

    /// The number of items over all pages, as the last page told it.
    #[must_use]
    pub fn total(&self) -> Option<u64> {
        self.total.and_then(|total| u64::try_from(total).ok())
    }

    /// The next page; nothing after the last. After an error there is nothing either.
    ///
    /// Safe to stop waiting for: the next call gives the same page.
    pub async fn next(&mut self) -> Option<Result<Vec<T>, Error>> {
        while !self.done {
            match self.next_page().await {
                // An empty page in the middle: the next one may not be.
                Ok(items) if items.is_empty() && !self.done => {}
                Ok(items) if items.is_empty() => return None,
                Ok(items) => return Some(Ok(items)),
                Err(error) => {
                    self.done = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }

    /// All items of all pages.
    ///
    /// # Errors
    ///
    /// The first page that cannot be had.
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

    /// Whether asking for a page at this offset can give anything that is wanted.
    fn is_wanted(&self, offset: i64) -> bool {
        let within_limit = self
            .walk
            .limit
            .is_none_or(|limit| i64::try_from(limit).is_ok_and(|limit| offset < limit));
        within_limit && self.total.is_none_or(|total| offset < total)
    }

    /// Sets off as many pages as may be under way, besides `others` that are waited for already.
    fn ask_ahead(&mut self, others: usize) {
        let size = i64::from(self.walk.page_size);
        // How far to go is known once the first page has told the total.
        let most = if self.total.is_some() {
            self.walk.prefetch as usize
        } else {
            0
        };
        while self.waiting.len() < most + others && self.is_wanted(self.ahead) {
            let page = (self.fetch)(size, self.ahead);
            self.waiting.push_back(tokio::spawn(page));
            self.ahead += size;
        }
    }

    async fn next_page(&mut self) -> Result<Vec<T>, Error> {
        let size = i64::from(self.walk.page_size);
        if !self.waiting.is_empty() {
            self.ask_ahead(1);
        }
        // Nothing changes before the page is there: whoever stops waiting and asks again gets the same page.
        let page = match self.waiting.front_mut() {
            Some(task) => {
                let page = task.await;
                self.waiting.pop_front();
                page.map_err(|_| Error::unexpected("asking for a page was cut short"))??
            }
            None => {
                self.ahead = self.offset + size;
                (self.fetch)(size, self.offset).await?
            }
        };
        self.offset += size;
        let meta = page.meta();
        let has_next = meta.is_some_and(|meta| meta.href_next.is_some());
        self.total = meta.and_then(|meta| meta.total_count);
        let length = page.len();
        let more = has_next
            || match self.total {
                Some(total) => total > self.offset,
                // Without a word on what follows, a full page may not be the last.
                None => i64::try_from(length).is_ok_and(|length| length >= size),
            };
        let mut items = page.into_items();
        if length > 0 && items.first() == self.first_of_last.as_ref() {
            return Err(Error::unexpected("the server repeats a page of the list"));
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
            self.waiting.iter().for_each(JoinHandle::abort);
            self.waiting.clear();
        } else {
            self.ask_ahead(0);
        }
        Ok(items)
    }
}

/// A list, item by item. Made by [`Pages::items`].
#[derive(Debug)]
#[must_use = "nothing is asked for until items are taken out"]
pub struct Items<T> {
    pages: Pages<T>,
    page: std::vec::IntoIter<T>,
}

impl<T: Clone + PartialEq + Send + 'static> Items<T> {
    /// The next item; nothing after the last. After an error there is nothing either.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        loop {
            if let Some(item) = self.page.next() {
                return Some(Ok(item));
            }
            match self.pages.next().await? {
                Ok(page) => self.page = page.into_iter(),
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// All that is left.
    ///
    /// # Errors
    ///
    /// The first page that cannot be had.
    pub async fn collect(self) -> Result<Vec<T>, Error> {
        let mut all: Vec<T> = self.page.collect();
        all.extend(self.pages.collect().await?);
        Ok(all)
    }
}

/// What every paged list offers.
macro_rules! paged {
    ($name:ident, $item:ty) => {
        impl $name<'_> {
            /// How many items a page holds; 100 without.
            pub fn page_size(mut self, items: u32) -> Self {
                self.walk.page_size = items.max(1);
                self
            }

            /// Stops after so many items, and asks for no page beyond them.
            pub fn limit(mut self, items: u64) -> Self {
                self.walk.limit = Some(items);
                self
            }

            /// Asks for so many pages ahead of the one that is looked at; none without.
            pub fn prefetch(mut self, pages: u32) -> Self {
                self.walk.prefetch = pages;
                self
            }

            /// A query parameter that is not modelled.
            pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.extra.push((name.into(), value.into()));
                self
            }

            /// The list, page by page.
            pub fn pages(self) -> $crate::pages::Pages<$item> {
                let walk = self.walk;
                $crate::pages::Pages::new(self.fetch(), walk)
            }

            /// The list, item by item.
            pub fn items(self) -> $crate::pages::Items<$item> {
                self.pages().items()
            }
        }
    };
}
pub(crate) use paged;
