//! Ids for completions, from the tenant where that is quick, and from the journal.

use std::env;
use std::time::Duration;

use clap::Parser as _;
use clap_complete::CompletionCandidate;
use mobproc::Items;
use mobproc::profiles::Profiles;
use mobproc_rollout::text::one_line;
use serde::Serialize;
use serde_json::Value;

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::session::{Context, Session};

/// Nobody waits longer for a completion.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// More than anybody chooses from.
const MOST: u64 = 200;

pub(crate) fn employees() -> Vec<CompletionCandidate> {
    from_tenant(async |session| {
        let list = session.client.employees().list().limit(MOST);
        all(list.items(), "/companyEmployeeId", &["/firstName", "/lastName"]).await
    })
}

pub(crate) fn lines() -> Vec<CompletionCandidate> {
    from_tenant(async |session| {
        let list = session.client.services().list().limit(MOST);
        all(
            list.items(),
            "/id",
            &["/serviceNumber", "/employee/companyEmployeeId"],
        )
        .await
    })
}

pub(crate) fn orders() -> Vec<CompletionCandidate> {
    from_tenant(async |session| {
        let list = session.client.orders().list().limit(MOST);
        all(list.items(), "/orderId", &["/transactionType", "/status"]).await
    })
}

pub(crate) fn vendors() -> Vec<CompletionCandidate> {
    from_tenant(async |session| all(session.client.vendors().limit(MOST).items(), "/id", &["/name"]).await)
}

/// Numbers of writes that are open.
pub(crate) fn open_numbers() -> Vec<CompletionCandidate> {
    let open = context().and_then(|context| Ok(context.journal()?.open_writes()?));
    open.unwrap_or_default()
        .into_iter()
        .map(|write| candidate(&write.number, &write.summary))
        .collect()
}

fn candidate(id: &str, help: &str) -> CompletionCandidate {
    CompletionCandidate::new(id).help(Some(one_line(help).into()))
}

async fn all<T>(mut items: Items<T>, id: &str, help: &[&str]) -> Result<Vec<CompletionCandidate>, Failure>
where
    T: Serialize + Clone + PartialEq + Send + 'static,
{
    let mut found = Vec::new();
    while let Some(item) = items.next().await {
        let Ok(item) = serde_json::to_value(item?) else {
            continue;
        };
        let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str);
        if let Some(id) = text(id) {
            let help: Vec<&str> = help.iter().filter_map(|pointer| text(pointer)).collect();
            found.push(candidate(id, &help.join(" ")));
        }
    }
    Ok(found)
}

/// The context of the command line that is being completed, as far as it says where.
fn context() -> Result<Context, Failure> {
    let words: Vec<String> = env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let mut line = vec!["mobproc".to_owned(), "--no-input".to_owned()];
    if words.iter().any(|word| word == "--sandbox") {
        line.push("--sandbox".to_owned());
    } else if let Some(name) = words.iter().find_map(|word| word.strip_prefix("--profile=")) {
        line.extend(["--profile".to_owned(), name.to_owned()]);
    } else if let Some(at) = words.iter().position(|word| word == "--profile")
        && let Some(name) = words.get(at + 1)
    {
        line.extend(["--profile".to_owned(), name.clone()]);
    }
    line.push("me".to_owned());
    let arguments = Arguments::try_parse_from(line).map_err(|error| Failure::usage(error.to_string()))?;
    Context::new(arguments.global)
}

/// Nothing where it takes too long, or where a command of the user's would have to be run.
fn from_tenant(
    fetch: impl AsyncFnOnce(&Session) -> Result<Vec<CompletionCandidate>, Failure>,
) -> Vec<CompletionCandidate> {
    let found = || {
        let context = context()?;
        let profiles = Profiles::load()?;
        if let Some((_, profile)) = context.profile(&profiles)?
            && profile.secret_command.is_some()
        {
            return Ok(Vec::new());
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let fetched = async {
                let session = context.session().await?;
                fetch(&session).await
            };
            tokio::time::timeout(PATIENCE, fetched)
                .await
                .unwrap_or_else(|_| Ok(Vec::new()))
        })
    };
    found().unwrap_or_else(|_: Failure| Vec::new())
}
