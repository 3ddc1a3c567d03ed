//! The stand-in server: for others, and inside the program.

use std::fs;
use std::io;

use mobproc_rollout::Journal;
use serde_json::json;

use crate::arguments::Sandbox;
use crate::failure::Failure;
use crate::output::Column;
use crate::session::Context;
use crate::talk::say;

pub(crate) async fn run(context: &mut Context, command: Sandbox) -> Result<(), Failure> {
    // These are about the one inside the program, with or without the flag.
    context.global.sandbox = true;
    let folder = context.state_folder()?;
    match command {
        Sandbox::Start(arguments) => mobproc_sandbox::program::run(*arguments)
            .await
            .map_err(Failure::failed),
        Sandbox::Reset => {
            match fs::remove_dir_all(&folder) {
                Ok(()) => say("The sandbox is as it was in the beginning."),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    say("Nothing was ordered in the sandbox.");
                }
                Err(error) => return Err(Failure::failed(format!("{}: {error}", folder.display()))),
            }
            Ok(())
        }
        Sandbox::Status => {
            let orders = if folder.join("tenant.json").exists() {
                let session = context.session().await?;
                let all = session.client.orders().list().items().collect().await?;
                all.len()
            } else {
                0
            };
            let open = if folder.join("journal").exists() {
                Journal::open(&folder.join("journal"))?.open_writes()?.len()
            } else {
                0
            };
            let status = json!({ "folder": folder, "orders": orders, "pending": open });
            context
                .output
                .one(&status, &["folder", "orders", "pending"].map(Column::at))
        }
    }
}
