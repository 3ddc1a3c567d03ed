//! An order on its way to another process: confirmed, or submitted with an unknown outcome.

use std::fmt;

use mobproc_api::types::{OrderAnswer, OrderConfirmation, TransactionType};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::confirmed::ConfirmedOrder;
use super::draft::OrderDraft;
use super::errors::OpenOutcome;
use crate::client::Client;
use crate::error::Error;
use crate::transport::context::Identity;
use crate::transport::order_view::{NumberMatch, compare_numbers};

/// An order on its way to another process: one that is confirmed ([`ConfirmedOrder::save`]), or one
/// of which nobody knows whether it was placed ([`OpenOutcome::save`]).
///
/// It serializes with serde. It holds the whole order and its confirmation, personal data included,
/// but no credentials: keep it as safe as the order itself.
///
/// # What is promised
///
/// An order that was damaged or changed by accident is not restored, nor one of another tenant or
/// server, nor one whose confirmation shows another kind, number or service than what would be
/// submitted. **That does not stop somebody who means it**: whoever can write where it is kept can
/// make up another order, or prices that the server never named. Give all clients that save and
/// restore the same key ([`ClientBuilder::signing_key`](crate::ClientBuilder::signing_key)), which
/// nobody who writes there has: then what they did not save is not restored (HMAC with SHA-256).
/// Neither keeps a saved order from being restored twice.
///
/// **A confirmation can be restored as often as it is kept, and each restored one can be
/// submitted.** Whoever keeps it has to see to it that only one process takes it up: claim or
/// delete it before it is submitted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedOrder {
    /// Changes when the meaning of the rest does.
    version: u32,
    base_url: String,
    tenant: String,
    identity: Identity,
    content: Content,
    /// Over all the others, so that an order edited on the way is not taken for the confirmed one.
    /// It finds accidents, not forgers.
    checksum: String,
    /// Over the checksum, with a key of the caller's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Content {
    Confirmed {
        /// The bytes that were confirmed, as they were sent.
        order: String,
        /// The server's answer, as it came.
        confirmation: String,
    },
    OutcomeUnknown {
        external_order_number: String,
        transaction_type: TransactionType,
        message: String,
    },
}

const VERSION: u32 = 2;

impl SavedOrder {
    fn new(client: &Client, content: Content) -> Self {
        let mut saved = Self {
            version: VERSION,
            base_url: client.server_name().to_owned(),
            tenant: client.tenant().to_owned(),
            identity: client.identity().clone(),
            content,
            checksum: String::new(),
            signature: None,
        };
        saved.checksum = saved.sum();
        saved.signature = client.signing_key().map(|key| key.sign(&saved.checksum));
        saved
    }

    /// A confirmation of these texts, for tests.
    #[cfg(test)]
    pub(crate) fn of_texts(client: &Client, order: &str, confirmation: &str) -> Self {
        Self::new(
            client,
            Content::Confirmed {
                order: order.to_owned(),
                confirmation: confirmation.to_owned(),
            },
        )
    }

    /// Whether it is an order of which nobody knows whether it was placed, rather than a confirmed
    /// one.
    #[must_use]
    pub fn is_outcome_unknown(&self) -> bool {
        matches!(self.content, Content::OutcomeUnknown { .. })
    }

    fn sum(&self) -> String {
        // Texts under names that are texts can be JSON.
        let identity = serde_json::to_string(&self.identity).unwrap_or_default();
        let version = self.version.to_string();
        let mut parts = vec![&*version, &self.base_url, &self.tenant, &identity];
        match &self.content {
            Content::Confirmed { order, confirmation } => {
                parts.extend(["confirmed", order.as_str(), confirmation.as_str()]);
            }
            Content::OutcomeUnknown {
                external_order_number,
                transaction_type,
                message,
            } => parts.extend([
                "outcome unknown",
                external_order_number.as_str(),
                transaction_type.as_str(),
                message.as_str(),
            ]),
        }
        let mut digest = Sha256::new();
        for part in parts {
            // The length keeps parts apart.
            digest.update(part.len().to_be_bytes());
            digest.update(part.as_bytes());
        }
        digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The client that acts as whoever saved it, if it belongs to this client's tenant and is as it
    /// was.
    fn client(&self, client: &Client) -> Result<Client, Error> {
        if self.version != VERSION {
            return Err(Error::invalid_order(format!(
                "the saved order is of version {}; this crate reads {VERSION}",
                self.version
            )));
        }
        if self.tenant != client.tenant() || self.base_url != client.server_name() {
            return Err(Error::invalid_order(
                "the saved order belongs to another tenant or server than this client",
            ));
        }
        if self.checksum != self.sum() {
            return Err(Error::invalid_order(
                "the saved order was changed since it was saved",
            ));
        }
        match (client.signing_key(), &self.signature) {
            (None, None) => {}
            (Some(key), Some(signature)) if key.is_signature(signature, &self.checksum) => {}
            (Some(_), Some(_)) => {
                return Err(Error::invalid_order(
                    "the saved order was not signed with this client's key",
                ));
            }
            (Some(_), None) => {
                return Err(Error::invalid_order(
                    "the saved order is not signed, and this client takes only what is signed with its key",
                ));
            }
            (None, Some(_)) => {
                return Err(Error::invalid_order(
                    "the saved order is signed, and this client has no key to tell by whom (signing_key)",
                ));
            }
        }
        Ok(client.with_identity(self.identity.clone()))
    }
}

impl ConfirmedOrder {
    /// Everything that is needed to submit it later, perhaps in another process. **Each copy can be
    /// submitted**: let go of this one, and claim or delete the saved one before it is taken up.
    #[must_use]
    pub fn save(&self) -> SavedOrder {
        SavedOrder::new(
            self.client(),
            Content::Confirmed {
                // Both were JSON texts when they were read.
                order: String::from_utf8_lossy(self.bytes()).into_owned(),
                confirmation: String::from_utf8_lossy(self.raw()).into_owned(),
            },
        )
    }
}

impl OpenOutcome {
    /// Everything that is needed to look for the order later, perhaps in another process.
    #[must_use]
    pub fn save(&self) -> SavedOrder {
        SavedOrder::new(
            self.client(),
            Content::OutcomeUnknown {
                external_order_number: self.external_order_number().to_owned(),
                transaction_type: self.transaction_type().clone(),
                message: self.message().to_owned(),
            },
        )
    }
}

pub(super) fn restore(client: &Client, saved: SavedOrder) -> Result<ConfirmedOrder, Error> {
    let client = saved.client(client)?;
    let Content::Confirmed { order, confirmation } = saved.content else {
        return Err(Error::invalid_order(
            "the saved order was submitted already, and nobody knows whether it was placed: look for it with restore_open",
        ));
    };
    let draft = OrderDraft::from_json(&order)?;
    let answer: OrderAnswer = serde_json::from_str(&confirmation)
        .map_err(|error| Error::invalid_order("the saved confirmation cannot be read").with_json(&error))?;
    let confirmed = answer
        .confirmation
        .ok_or_else(|| Error::invalid_order("the saved confirmation holds no confirmation"))?;
    agree(&draft, &confirmed)?;
    Ok(ConfirmedOrder::restored(
        client,
        order.into(),
        draft,
        confirmed,
        confirmation.into(),
    ))
}

/// What is shown must be what is submitted: the checksum has no key, so whoever edits the one can
/// edit the other.
fn agree(draft: &OrderDraft, confirmed: &OrderConfirmation) -> Result<(), Error> {
    let refused = |what: &str| {
        Err(Error::invalid_order(format!(
            "the saved order and its confirmation are not of the same {what}"
        )))
    };
    let request = &draft.request().order_request;
    if let Some(shown) = &confirmed.transaction_type
        && shown.meant() != draft.transaction_type().meant()
    {
        return refused("kind");
    }
    if let Some(shown) = &confirmed.external_order_number
        && compare_numbers(draft.external_order_number(), shown) == NumberMatch::Other
    {
        return refused("external order number");
    }
    if let (Some(service), Some(asked)) = (&confirmed.service, &request.service_id)
        && service.id != *asked
    {
        return refused("service");
    }
    Ok(())
}

pub(super) fn restore_open(client: &Client, saved: SavedOrder) -> Result<OpenOutcome, Error> {
    let client = saved.client(client)?;
    match saved.content {
        Content::OutcomeUnknown {
            external_order_number,
            transaction_type,
            message,
        } => Ok(OpenOutcome::restored(
            client,
            external_order_number,
            transaction_type,
            message,
        )),
        Content::Confirmed { .. } => Err(Error::invalid_order(
            "the saved order is confirmed and was not submitted: take it up with restore",
        )),
    }
}

/// For whom it is, but not what is in it.
impl fmt::Debug for SavedOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SavedOrder")
            .field("tenant", &self.tenant)
            .field("outcome_unknown", &self.is_outcome_unknown())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use mobproc_api::types::TransactionType;

    use super::{Content, SavedOrder, restore};
    use crate::auth::Credentials;
    use crate::client::Client;

    fn acme() -> Client {
        Client::builder()
            .tenant("ACME")
            .credentials(Credentials::bearer("client", "token"))
            .build()
            .unwrap()
    }

    #[test]
    fn a_saved_order_says_what_it_is_and_shows_nothing_of_it() {
        let confirmed = Content::Confirmed {
            order: r#"{"transactionType":"SUSPEND","serviceId":"4711"}"#.to_owned(),
            confirmation: "{}".to_owned(),
        };
        let unknown = Content::OutcomeUnknown {
            external_order_number: "4711".to_owned(),
            transaction_type: TransactionType::Suspend,
            message: "about 4711".to_owned(),
        };
        for (content, is_unknown) in [(confirmed, false), (unknown, true)] {
            let saved = SavedOrder::new(&acme(), content);
            assert_eq!(saved.is_outcome_unknown(), is_unknown);
            let text = format!("{saved:?}");
            assert!(text.contains("ACME"), "{text}");
            assert!(text.contains(&format!("outcome_unknown: {is_unknown}")), "{text}");
            assert!(!text.contains("4711"), "{text}");
        }
    }

    #[test]
    fn an_order_is_not_shown_as_another() {
        let client = acme();
        let saved = |kind: &str, number: &str, service: &str| {
            SavedOrder::new(
                &client,
                Content::Confirmed {
                    order: format!(
                        r#"{{"transactionType":"{kind}","externalOrderNumber":"{number}","serviceId":"{service}"}}"#
                    ),
                    confirmation: r#"{"orderConfirmation":{"transactionType":"SUSPEND","externalOrderNumber":"N-1","service":{"id":"1001"}}}"#
                        .to_owned(),
                },
            )
        };
        assert!(restore(&client, saved("SUSPEND", "N-1", "1001")).is_ok());
        for (kind, number, service, part) in [
            ("DEACTIVATE", "N-1", "1001", "kind"),
            ("SUSPEND", "N-2", "1001", "external order number"),
            ("SUSPEND", "N-1", "1002", "service"),
        ] {
            // The checksum fits, because whoever edits an order can make another.
            let error = restore(&client, saved(kind, number, service)).unwrap_err();
            assert!(error.to_string().ends_with(part), "{error}");
        }
    }

    /// Issue 13, point 5.
    #[test]
    fn with_a_key_only_what_was_signed_with_it_is_restored() {
        let client = |key: Option<&str>| {
            let mut builder = Client::builder()
                .tenant("ACME")
                .credentials(Credentials::bearer("client", "token"));
            if let Some(key) = key {
                builder = builder.signing_key(key);
            }
            builder.build().unwrap()
        };
        let saved = |client: &Client| {
            SavedOrder::new(
                client,
                Content::Confirmed {
                    order: r#"{"transactionType":"SUSPEND","serviceId":"1"}"#.to_owned(),
                    confirmation: r#"{"orderConfirmation":{"costSummary":[{"amount":5}]}}"#.to_owned(),
                },
            )
        };
        let (ours, theirs, none) = (
            client(Some("a key of our company")),
            client(Some("a key of theirs, not ours")),
            client(None),
        );
        assert!(restore(&ours, saved(&ours)).is_ok());
        assert!(restore(&none, saved(&none)).is_ok());
        // A forger makes another price, and a checksum that fits.
        let mut forged = saved(&ours);
        if let Content::Confirmed { confirmation, .. } = &mut forged.content {
            *confirmation = confirmation.replace('5', "1");
        }
        forged.checksum = forged.sum();
        for (client, saved, part) in [
            (&ours, forged, "not signed with this client's key"),
            (&ours, saved(&theirs), "not signed with this client's key"),
            (&ours, saved(&none), "is not signed"),
            (&none, saved(&ours), "has no key"),
        ] {
            let error = restore(client, saved).unwrap_err();
            assert!(error.to_string().contains(part), "{error}");
        }
        let short = Client::builder()
            .tenant("ACME")
            .credentials(Credentials::bearer("client", "token"))
            .signing_key("too short")
            .build();
        assert!(short.unwrap_err().to_string().contains("the signing key"));
    }

    /// Issue 13, point 22: none of these was looked at.
    #[test]
    fn every_part_of_a_saved_order_is_held_against_the_client_and_the_checksum() {
        let client = acme();
        let saved = || {
            SavedOrder::new(
                &client,
                Content::Confirmed {
                    order: r#"{"transactionType":"SUSPEND","serviceId":"1001"}"#.to_owned(),
                    confirmation: r#"{"orderConfirmation":{"costSummary":[{"amount":5}]}}"#.to_owned(),
                },
            )
        };
        assert!(restore(&client, saved()).is_ok());
        let text = serde_json::to_string(&saved()).unwrap();
        // Edits that change no length.
        for (old, new, part) in [
            ("\"version\":2", "\"version\":3", "is of version 3"),
            ("\"ACME\"", "\"ACMF\"", "another tenant"),
            ("cloudhub.io", "cloudhub.iq", "another tenant or server"),
            ("1001", "1002", "was changed"),
            (":5}", ":6}", "was changed"),
            ("\"actor\":null", "\"actor\":{\"tangoe_id\":\"7\"}", "was changed"),
        ] {
            let edited = text.replacen(old, new, 1);
            assert_ne!(edited, text, "{old}");
            let edited: SavedOrder = serde_json::from_str(&edited).unwrap();
            let error = restore(&client, edited).unwrap_err();
            assert!(error.to_string().contains(part), "{old}: {error}");
        }
    }
}
