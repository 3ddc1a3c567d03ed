//! `profile list`, `show` and `use`.

use mobproc::profiles::Profiles;
use serde_json::{Value, json};

use crate::arguments::ProfileCommand;
use crate::failure::Failure;
use crate::output::Column;
use crate::session::Context;
use crate::talk::say;

pub(crate) fn run(context: &Context, command: &ProfileCommand) -> Result<(), Failure> {
    let mut profiles = Profiles::load()?;
    match command {
        ProfileCommand::List => {
            let chosen = profiles.chosen_name(context.global.profile.as_deref())?;
            let mut list = context.output.list(&[
                Column::new("", "used"),
                Column::at("name"),
                Column::at("tenant"),
                Column::at("server"),
                Column::at("account"),
            ]);
            for (name, profile) in profiles.iter() {
                let mut row = shown(name, profile);
                if let Some(row) = row.as_object_mut() {
                    let mark = if chosen.as_deref() == Some(name) { "*" } else { "" };
                    row.insert("used".to_owned(), json!(mark));
                }
                list.add(&row)?;
            }
            list.finish()
        }
        ProfileCommand::Show { name } => {
            let name = name.as_deref().or(context.global.profile.as_deref());
            let (name, profile) = profiles.chosen(name)?;
            let columns = [
                "name",
                "tenant",
                "server",
                "tokenServer",
                "clientId",
                "account",
                "secrets",
                "actingFor",
                "hierarchy",
            ];
            context
                .output
                .one(&shown(name, profile), &columns.map(Column::at))
        }
        ProfileCommand::Use { name } => {
            profiles.set_default(name)?;
            say(&format!("{name} is the default now."));
            Ok(())
        }
    }
}

fn shown(name: &str, profile: &mobproc::profiles::Profile) -> Value {
    json!({
        "name": name,
        "tenant": profile.tenant,
        "server": profile.base_url.as_deref().unwrap_or(mobproc::PRODUCTION_BASE_URL),
        "tokenServer": profile.token_url.as_deref().unwrap_or(mobproc::PRODUCTION_TOKEN_URL),
        "clientId": profile.client_id,
        "account": profile.username,
        "secrets": match (&profile.secret_command, profile.secrets) {
            // The command itself may say too much.
            (Some(_), _) => json!("secret_command"),
            (None, Some(storage)) => json!(storage),
            (None, None) => json!("environment"),
        },
        "actingFor": profile.acting_for,
        "hierarchy": profile.hierarchy,
    })
}
