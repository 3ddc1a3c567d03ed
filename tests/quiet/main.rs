//! Secrets and personal data planted everywhere, and everything that was emitted searched for them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use mobproc::{Client, Credentials, DeviceIdentity, EmployeeRef, OrderDraft, Property, ShippingAddress};
use mobproc_sandbox::{Fault, Rule, Sandbox};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes down every span and event, with all their values.
#[derive(Clone, Default)]
struct Scribe(Arc<Mutex<String>>);

impl Visit for &Scribe {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = writeln!(self.0.lock().unwrap(), "{}={value:?}", field.name());
    }
}

impl Subscriber for Scribe {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let _ = writeln!(self.0.lock().unwrap(), "span {}", span.metadata().name());
        span.record(&mut &*self);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut &*self);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut &*self);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Every canary has this in it.
const CANARY: &str = "kanarie";

fn order() -> OrderDraft {
    OrderDraft::upgrade("1001")
        .existing_device(
            DeviceIdentity::new("Kestrel", "Kestrel K4 (64GB) - Gray")
                .imei("kanarie-imei")
                .sim("kanarie-sim"),
        )
        .device("4001")
        .plan("4101")
        .property(Property::text("CONTACT_NUMBER", "kanarie-phone"))
        .property(Property::other_choice("Reason", "21", "kanarie-other"))
        .ship_to(
            ShippingAddress::new("kanarie-name", "2001")
                .line("LINE_1", "kanarie-street")
                .line("CITY", "kanarie-city")
                .line("STATE", "CT")
                .line("POSTAL_CODE", "kanarie-code"),
        )
        .into()
}

#[tokio::test]
async fn nothing_secret_or_personal_is_emitted() {
    let scribe = Scribe::default();
    let written = Arc::clone(&scribe.0);
    tracing::subscriber::set_global_default(scribe).unwrap();
    let mut emitted = String::new();
    for fault in [
        None,
        Some(Fault::DropAfter),
        Some(Fault::Status(400)),
        Some(Fault::Garbage),
    ] {
        let mut builder = Sandbox::builder();
        if let Some(fault) = fault {
            builder = builder.fault(Rule::new(fault).on("order_create"));
        }
        let sandbox = builder.start().await.unwrap();
        let of = sandbox.credentials().clone();
        for credentials in [
            Credentials::password(
                of.client_id.clone(),
                of.client_secret.clone(),
                of.username.clone(),
                of.password.clone(),
            ),
            Credentials::password(
                of.client_id.clone(),
                "kanarie-secret",
                "command://kanarie-user",
                "kanarie-password",
            ),
            Credentials::bearer(of.client_id.clone(), "kanarie-token"),
        ] {
            let _ = write!(emitted, "{credentials:?}");
            let builder = Client::builder()
                .base_url(sandbox.base_url())
                .token_url(sandbox.token_url())
                .tenant(of.tenant.clone())
                .credentials(credentials);
            let _ = write!(emitted, "{builder:?}");
            let client = builder
                .build()
                .unwrap()
                .acting_for(EmployeeRef::company_id("amara.okafor"));
            let _ = write!(
                emitted,
                "{client:?}{:?}",
                EmployeeRef::company_id("kanarie-actor")
            );
            let _ = write!(emitted, "{:?}", order());
            match client.orders().confirm(order()).await {
                Ok(confirmed) => {
                    let _ = write!(emitted, "{confirmed:?}{:?}", confirmed.save());
                    let placed = confirmed.submit().await.unwrap();
                    let _ = write!(emitted, "{placed:?}");
                }
                Err(error) => {
                    let _ = write!(emitted, "{error} {error:?} {error:#?}");
                }
            }
        }
        // Nothing is emitted that the client does not emit: the canaries were really sent.
        let sent: Vec<_> = sandbox.requests();
        assert!(sent.iter().any(|request| {
            request
                .headers
                .values()
                .any(|value| value.as_bytes().starts_with(b"Bearer kanarie"))
        }));
        assert!(
            sent.iter()
                .any(|request| String::from_utf8_lossy(&request.body).contains(CANARY))
        );
    }
    let written = written.lock().unwrap();
    assert!(
        written.contains("span mobproc.call") && written.contains("span mobproc.attempt"),
        "{written}"
    );
    assert!(written.contains("otel.name=\"order_create\""), "{written}");
    for (what, text) in [("printed", &emitted), ("traced", &*written)] {
        let lower = text.to_lowercase();
        let found = lower
            .find(CANARY)
            .map(|at| text[at.saturating_sub(80)..(at + 40).min(text.len())].to_owned());
        assert_eq!(found, None, "{what}");
        // Nor what the server answered.
        for personal in ["okafor", "amara", "202-555-0101", "2025550111"] {
            assert!(!lower.contains(personal), "{what} {personal}");
        }
    }
}
