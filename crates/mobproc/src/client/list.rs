//! What all lists have in common: one page, all pages, all items, parameters that are not modelled.

use std::fmt;
use std::sync::Arc;

use mobproc_api::types::{Collection, Item};
use mobproc_api::{Api, Request, RequestError};
use serde::de::DeserializeOwned;

use super::Client;
use crate::error::Error;
use crate::transport::pages::{Fetch, Pages, Walk};

/// Limit and offset.
pub(crate) type Place = (i64, i64);

/// What a list is filtered by.
pub(crate) trait Filters: Clone + fmt::Debug + Send + Sync + 'static {
    /// What is listed.
    type Item: Item + DeserializeOwned + Clone + PartialEq + Send + 'static;

    /// Whether limit and offset are documented for the list.
    const PAGED: bool;

    /// The request of one page. A list without documented paging pays no heed to the place.
    fn request(
        &self,
        api: &Api,
        place: Option<Place>,
    ) -> Result<Request<Collection<Self::Item>>, RequestError>;
}

/// A list to be fetched.
#[derive(Clone)]
pub(crate) struct List<F> {
    client: Client,
    pub(crate) filters: F,
    pub(crate) walk: Walk,
    pub(crate) place: Option<Place>,
    pub(crate) params: Vec<(String, String)>,
}

/// Of further parameters only the names: their values may be personal.
impl<F: fmt::Debug> fmt::Debug for List<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let params: Vec<&str> = self.params.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("List")
            .field("filters", &self.filters)
            .field("walk", &self.walk)
            .field("params", &params)
            .finish_non_exhaustive()
    }
}

impl<F: Filters> List<F> {
    pub(crate) fn new(client: &Client, filters: F) -> Self {
        Self {
            client: client.clone(),
            filters,
            walk: Walk::new(F::PAGED, client.page_cap()),
            place: None,
            params: Vec::new(),
        }
    }

    pub(crate) async fn send(self) -> Result<Collection<F::Item>, Error> {
        let place = self.place;
        self.fetch(place).await
    }

    pub(crate) fn pages(self) -> Pages<F::Item> {
        let walk = self.walk;
        let list = Arc::new(self);
        let fetch: Fetch<F::Item> = Arc::new(move |place| {
            let list = Arc::clone(&list);
            Box::pin(async move { list.fetch(place).await })
        });
        Pages::new(fetch, walk)
    }

    async fn fetch(&self, place: Option<Place>) -> Result<Collection<F::Item>, Error> {
        let mut request = self.filters.request(self.client.api(), place)?;
        if let Some((limit, offset)) = place.filter(|_| !F::PAGED) {
            request = request
                .param("limit", &limit.to_string())
                .param("offset", &offset.to_string());
        }
        for (name, value) in &self.params {
            request = request.param(name, value);
        }
        Ok(self.client.fetch(Ok(request)).await?.into_value())
    }
}

/// A list that people ask for, with what all lists offer.
macro_rules! list {
    ($(#[$doc:meta])* $name:ident, $filters:ident, $item:ty) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        #[must_use = "nothing is sent until `send` is called, or pages or items are taken out"]
        pub struct $name($crate::client::list::List<$filters>);

        impl $name {
            /// Sets how many items a page holds. Defaults to 100, and is never more than what the
            /// [`Capabilities`](crate::Capabilities) of the tenant allow.
            pub fn page_size(mut self, items: u32) -> Self {
                self.0.walk.set_page_size(items);
                self
            }

            /// Stops after this many items, and asks for no page beyond them.
            pub fn limit(mut self, items: u64) -> Self {
                self.0.walk.limit = Some(items);
                self
            }

            /// Asks for this many pages ahead of the one that is looked at. Defaults to none.
            pub fn prefetch(mut self, pages: u32) -> Self {
                self.0.walk.prefetch = $crate::transport::depth::Prefetch::Fixed(pages);
                self
            }

            /// Asks for as many pages ahead as it takes not to wait for them: 16 at first, then by
            /// how long a page takes to come and how fast pages are taken, 64 at most. Up to that
            /// many pages are in memory then.
            pub fn prefetch_auto(mut self) -> Self {
                self.0.walk.prefetch = $crate::transport::depth::Prefetch::Auto;
                self
            }

            /// Adds a query parameter that is not modelled.
            pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
                self.0.params.push((name.into(), value.into()));
                self
            }

            /// Chooses the page that [`send`](Self::send) fetches: how many items, and from which
            /// on. Backends agree only where the first is a multiple of the limit.
            /// [`pages`](Self::pages) and [`items`](Self::items) see to that themselves.
            pub fn page(mut self, limit: u32, first: u32) -> Self {
                self.0.place = Some((limit.into(), first.into()));
                self
            }

            /// Fetches one page, as the server makes it.
            ///
            /// # Errors
            ///
            /// See [reads](crate#reads).
            pub async fn send(
                self,
            ) -> Result<
                mobproc_api::types::Collection<$item>,
                $crate::error::Error,
            > {
                self.0.send().await
            }

            /// The list, page by page.
            pub fn pages(
                self,
            ) -> $crate::transport::pages::Pages<$item> {
                self.0.pages()
            }

            /// The list, item by item.
            pub fn items(
                self,
            ) -> $crate::transport::pages::Items<$item> {
                self.pages().items()
            }
        }
    };
}
pub(crate) use list;
