//! Why an order was not placed, or what to do when nobody knows.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use mobproc_api::types::TransactionType;

use super::confirmed::ConfirmedOrder;
use super::draft::OrderDraft;
use super::reconcile::{self, Reconciliation};
use crate::client::Client;
use crate::error::Error;

/// Why [`ConfirmedOrder::submit`] placed no order that is known of.
pub type SubmitError = OrderError<ConfirmedOrder>;

/// Why [`Orders::confirm`](crate::Orders::confirm) brought no confirmation, or
/// [`Orders::submit_without_confirmation`](crate::Orders::submit_without_confirmation) placed no
/// order that is known of.
pub type ConfirmError = OrderError<OrderDraft>;

/// Why an order was not placed or confirmed, and whether something may have been ordered all the
/// same.
///
/// `T` is what was to be sent: it comes back where nothing was ordered.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = mobproc_sandbox::Sandbox::start().await?;
/// # let of = sandbox.credentials().clone();
/// # let client = mobproc::Client::builder()
/// #     .base_url(sandbox.base_url())
/// #     .token_url(sandbox.token_url())
/// #     .tenant(of.tenant)
/// #     .credentials(mobproc::Credentials::bearer(of.client_id, sandbox.access_token()))
/// #     .build()?;
/// # let number = mobproc::Property::text("CONTACT_NUMBER", "202-555-0101");
/// # let order = mobproc::OrderDraft::suspend("1001").property(number);
/// # let confirmed = client.orders().confirm(order).await?;
/// use mobproc::{OrderError, Reconciliation};
///
/// match confirmed.submit().await {
///     Ok(placed) => println!("order {}", placed.order_id()),
///     Err(OrderError::NotPlaced(not)) => {
///         println!("nothing was ordered: {}", not.error());
///         let confirmed = not.into_unsent(); // to submit again, when the reason is gone
/// #       drop(confirmed);
///     }
///     Err(OrderError::OutcomeUnknown(open)) => match open.reconcile().await? {
///         Reconciliation::Found(orders) => println!("it was placed, {} time(s)", orders.len()),
///         other => println!("do not submit it again yet: {other:?}"),
///     },
/// }
/// # Ok(()) }
/// ```
///
/// Both cases convert into [`Error`], so `?` works where the difference does not matter. What was
/// to be sent, and the open outcome, can be taken out of that too: [`Error::into_confirmed`],
/// [`Error::into_order`], [`Error::open_outcome`].
#[allow(
    clippy::exhaustive_enums,
    reason = "there is no third answer, and whoever forgets the second must be told by the compiler"
)]
pub enum OrderError<T> {
    /// Certainly nothing was ordered. What was to be sent comes back.
    NotPlaced(NotPlaced<T>),
    /// An order may or may not have been placed. **Do not send it again** before looking for it.
    OutcomeUnknown(OpenOutcome),
}

/// An order that was certainly not placed.
#[non_exhaustive]
pub struct NotPlaced<T> {
    error: Error,
    unsent: Box<T>,
}

/// An order of which nobody knows whether it was placed.
///
/// It knows who submitted, and looks for the order as the same tenant, actor and hierarchy:
/// somebody else may not be shown the order, and would order it a second time. It can be saved, and
/// taken up by another process ([`Orders::restore_open`](crate::Orders::restore_open)).
#[non_exhaustive]
pub struct OpenOutcome(Box<Open>);

struct Open {
    client: Client,
    external_order_number: String,
    transaction_type: TransactionType,
    message: String,
    error: Option<Error>,
}

impl<T> OrderError<T> {
    pub(super) fn not_placed(error: Error, unsent: T) -> Self {
        Self::NotPlaced(NotPlaced {
            error,
            unsent: Box::new(unsent),
        })
    }

    pub(super) fn outcome_unknown(error: Error, client: &Client, order: &OrderDraft) -> Self {
        Self::OutcomeUnknown(OpenOutcome(Box::new(Open {
            client: client.clone(),
            external_order_number: order.external_order_number().to_owned(),
            transaction_type: order.transaction_type().clone(),
            message: error.to_string(),
            error: Some(error),
        })))
    }

    /// The same error about something else that was to be sent.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> OrderError<U> {
        match self {
            Self::NotPlaced(NotPlaced { error, unsent }) => OrderError::not_placed(error, change(*unsent)),
            Self::OutcomeUnknown(open) => OrderError::OutcomeUnknown(open),
        }
    }

    /// Whether nobody knows if an order was placed.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self, Self::OutcomeUnknown(_))
    }

    /// What was to be sent, if certainly nothing was ordered.
    #[must_use]
    pub fn into_unsent(self) -> Option<T> {
        match self {
            Self::NotPlaced(not) => Some(not.into_unsent()),
            Self::OutcomeUnknown(_) => None,
        }
    }
}

impl<T> NotPlaced<T> {
    /// What went wrong.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// What went wrong, without what was to be sent.
    #[must_use]
    pub fn into_error(self) -> Error {
        self.error
    }

    /// What was to be sent.
    #[must_use]
    pub fn into_unsent(self) -> T {
        *self.unsent
    }

    /// What went wrong, and what was to be sent.
    #[must_use]
    pub fn into_parts(self) -> (Error, T) {
        (self.error, *self.unsent)
    }
}

impl NotPlaced<ConfirmedOrder> {
    /// The confirmation, to be submitted again once the reason is gone.
    pub fn into_confirmed(self) -> ConfirmedOrder {
        self.into_unsent()
    }
}

impl NotPlaced<OrderDraft> {
    /// The order.
    #[must_use]
    pub fn into_order(self) -> OrderDraft {
        self.into_unsent()
    }
}

impl OpenOutcome {
    pub(super) fn restored(
        client: Client,
        external_order_number: String,
        transaction_type: TransactionType,
        message: String,
    ) -> Self {
        Self(Box::new(Open {
            client,
            external_order_number,
            transaction_type,
            message,
            error: None,
        }))
    }

    /// What went wrong. `None` once it was saved, or taken out of an [`Error`];
    /// [`message`](Self::message) stays.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.0.error.as_ref()
    }

    /// What went wrong, in words.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The number by which the order can be found.
    #[must_use]
    pub fn external_order_number(&self) -> &str {
        &self.0.external_order_number
    }

    /// The kind of order.
    #[must_use]
    pub fn transaction_type(&self) -> &TransactionType {
        &self.0.transaction_type
    }

    /// The client that submitted: as its tenant, actor and hierarchy.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.0.client
    }

    /// Looks for the order once, as whoever submitted it.
    ///
    /// [`Reconciliation::NotSeen`] does not say that it will never appear: a server may be slow, or
    /// a request still on its way. [`reconcile_within`](Self::reconcile_within) looks for longer.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads). Then nothing is known either.
    pub async fn reconcile(&self) -> Result<Reconciliation, Error> {
        reconcile::look_for_one(self.client(), self.external_order_number(), None).await
    }

    /// Looks for the order again and again until it is found or this much time has passed (a look
    /// under way is finished), with pauses that grow from 2 to 30 seconds.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads): that of the last look, if it failed. Then nothing is known either.
    pub async fn reconcile_within(&self, time: Duration) -> Result<Reconciliation, Error> {
        const LONGEST_PAUSE: Duration = Duration::from_secs(30);

        let clock = self.client().clock();
        let begin = clock.now();
        let mut pause = Duration::from_secs(2);
        loop {
            let looked = self.reconcile().await;
            let left = time.saturating_sub(clock.now().saturating_duration_since(begin));
            if left.is_zero() || looked.as_ref().is_ok_and(Reconciliation::is_found) {
                return looked;
            }
            clock.sleep(pause.min(left)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Looks for many orders. Those that were submitted by the same tenant, actor and hierarchy are
    /// looked for in one walk through the list. The answers come in the order of `open`.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads): that of the first walk that fails. Then nothing is known either.
    pub async fn reconcile_all(open: &[Self]) -> Result<Vec<Reconciliation>, Error> {
        let mut answers: Vec<Option<Reconciliation>> = open.iter().map(|_| None).collect();
        for (index, first) in open.iter().enumerate() {
            if answers.get(index).is_some_and(Option::is_some) {
                continue;
            }
            let alike: Vec<usize> = (index..open.len())
                .filter(|other| {
                    open.get(*other)
                        .is_some_and(|other| other.client().sees_the_same_as(first.client()))
                })
                .collect();
            let numbers: Vec<&str> = alike
                .iter()
                .filter_map(|index| open.get(*index))
                .map(Self::external_order_number)
                .collect();
            let found = reconcile::look(first.client(), &numbers, None).await?;
            for (place, answer) in alike.into_iter().zip(found) {
                if let Some(slot) = answers.get_mut(place) {
                    *slot = Some(answer);
                }
            }
        }
        // Each has been looked for: with the first that is like it.
        Ok(answers.into_iter().flatten().collect())
    }
}

/// What was to be sent, and the open outcome, stay reachable.
impl<T: Send + Sync + 'static> From<OrderError<T>> for Error {
    fn from(error: OrderError<T>) -> Self {
        match error {
            OrderError::NotPlaced(not) => not.into(),
            OrderError::OutcomeUnknown(open) => open.into(),
        }
    }
}

/// What was to be sent stays reachable.
impl<T: Send + Sync + 'static> From<NotPlaced<T>> for Error {
    fn from(not: NotPlaced<T>) -> Self {
        not.error.with_attached(*not.unsent)
    }
}

/// The open outcome stays reachable.
impl From<OpenOutcome> for Error {
    fn from(mut open: OpenOutcome) -> Self {
        let error = open.0.error.take().unwrap_or_else(|| {
            Self::unexpected(open.message())
                .with_external_order_number(open.external_order_number())
                .into_outcome_unknown()
        });
        error.with_attached(open)
    }
}

impl Error {
    /// The order of which nobody knows whether it was placed, if that is what the error is about.
    #[must_use]
    pub fn open_outcome(&self) -> Option<&OpenOutcome> {
        self.attached()
    }

    /// The order of which nobody knows whether it was placed, if that is what the error is about.
    #[must_use]
    pub fn into_open_outcome(self) -> Option<OpenOutcome> {
        self.into_attached()
    }

    /// The order that was to be sent, if certainly nothing was ordered.
    #[must_use]
    pub fn into_order(self) -> Option<OrderDraft> {
        if self.attached::<ConfirmedOrder>().is_some() {
            let confirmed: Option<ConfirmedOrder> = self.into_attached();
            return confirmed.map(|confirmed| confirmed.order().clone());
        }
        self.into_attached()
    }

    /// The confirmation that was to be submitted, if certainly nothing was ordered.
    #[must_use]
    pub fn into_confirmed(self) -> Option<ConfirmedOrder> {
        self.into_attached()
    }
}

impl<T> fmt::Display for OrderError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPlaced(not) => fmt::Display::fmt(&not.error, f),
            Self::OutcomeUnknown(open) => f.write_str(open.message()),
        }
    }
}

/// The text for people: a program that returns it from `main` prints this.
impl<T> fmt::Debug for OrderError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T> fmt::Display for NotPlaced<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl fmt::Display for OpenOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

/// The text for people.
impl<T> fmt::Debug for NotPlaced<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

/// The text for people.
impl fmt::Debug for OpenOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl<T> StdError for OrderError<T> {}
