//! Where a request leaves the generated code.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use progenitor_client::{ClientHooks, Error, OperationInfo};

use crate::{Client, Operation};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What happens to every request between the generated code and the network.
///
/// The generated functions build a request without credentials and read the answer's type. All in between is
/// here: credentials, headers, exact bytes, retries, keeping the raw answer.
pub trait Intercept: Send + Sync + fmt::Debug {
    /// Changes a request before it is first sent, or refuses to send it.
    ///
    /// # Errors
    ///
    /// A text that becomes [`Error::Custom`]; keep structured causes in `self`.
    fn prepare<'a>(
        &'a self,
        request: &'a mut reqwest::Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, Result<(), String>> {
        let _ = (request, operation);
        Box::pin(std::future::ready(Ok(())))
    }

    /// Sends a request and gives its answer. The answer may be rebuilt from what was kept of it.
    ///
    /// # Errors
    ///
    /// Whatever the transport reports; it becomes [`Error::CommunicationError`].
    fn send<'a>(
        &'a self,
        client: &'a reqwest::Client,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<reqwest::Response>> {
        let _ = operation;
        Box::pin(client.execute(request))
    }
}

/// Sends requests as they are.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Plain;

impl Plain {
    /// Sends requests as they are.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Intercept for Plain {}

impl ClientHooks<Arc<dyn Intercept>> for Client {
    async fn pre<E>(&self, request: &mut reqwest::Request, info: &OperationInfo) -> Result<(), Error<E>> {
        // Table and functions are made from one document; if they ever were not, nothing is sent.
        let Some(operation) = Operation::by_id(info.operation_id) else {
            return Err(Error::Custom(format!("no operation `{}`", info.operation_id)));
        };
        self.inner
            .prepare(request, operation)
            .await
            .map_err(Error::Custom)
    }

    async fn exec(
        &self,
        request: reqwest::Request,
        info: &OperationInfo,
    ) -> reqwest::Result<reqwest::Response> {
        match Operation::by_id(info.operation_id) {
            Some(operation) => self.inner.send(&self.client, request, operation).await,
            // `pre` has refused already.
            None => self.client.execute(request).await,
        }
    }
}
