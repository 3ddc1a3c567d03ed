//! Figures in the text format of Prometheus.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use crate::engine::Engine;

/// The figures of all tenants.
pub(super) fn text(tenants: &[Arc<Engine>]) -> String {
    let mut text = String::new();
    // A string takes whatever is written to it.
    let _ = write(&mut text, tenants);
    text
}

fn write(text: &mut String, tenants: &[Arc<Engine>]) -> fmt::Result {
    head(
        text,
        "requests_total",
        "counter",
        "Requests, by operation and status; those whose connection was closed without an answer have status 0.",
    )?;
    for engine in tenants {
        for ((operation, status), count) in engine.counts() {
            writeln!(
                text,
                "mobproc_sandbox_requests_total{{tenant=\"{}\",operation=\"{operation}\",status=\"{status}\"}} {count}",
                engine.code()
            )?;
        }
    }
    let mut figure = |name: &str, kind: &str, help: &str, of: &dyn Fn(&Engine) -> u64| {
        head(text, name, kind, help)?;
        for engine in tenants {
            writeln!(
                text,
                "mobproc_sandbox_{name}{{tenant=\"{}\"}} {}",
                engine.code(),
                of(engine)
            )?;
        }
        Ok(())
    };
    let orders = |engine: &Engine| engine.with_tenant(|tenant| tenant.orders.all().len() as u64);
    figure("orders", "gauge", "Orders that were placed.", &orders)?;
    let tokens = |engine: &Engine| engine.with_tokens(|tokens| tokens.issued());
    figure(
        "tokens_issued_total",
        "counter",
        "Access tokens given out.",
        &tokens,
    )
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(text, "# HELP mobproc_sandbox_{name} {help}")?;
    writeln!(text, "# TYPE mobproc_sandbox_{name} {kind}")
}
