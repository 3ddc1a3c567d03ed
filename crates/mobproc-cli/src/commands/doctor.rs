//! `doctor`: looks at everything that has to work, and says what does not.

use mobproc::profiles::Profiles;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::output::Column;
use crate::session::{Context, has_settings, nothing_configured, store_of};

/// What one look showed.
struct Check {
    what: &'static str,
    result: Result<String, Failure>,
}

pub(crate) async fn run(context: &Context) -> Result<(), Failure> {
    let mut checks = Vec::new();
    let mut check = |what: &'static str, result: Result<String, Failure>| {
        let is_good = result.is_ok();
        checks.push(Check { what, result });
        is_good
    };
    let settings = settings(context);
    let has_settings = check("settings", settings);
    check("journal", journal(context));
    if has_settings {
        match context.session().await {
            Err(failure) => {
                check("credentials", Err(failure));
            }
            Ok(session) => {
                check("where", Ok(session.place()));
                let token = session.client.token_time_left().await;
                let ends = token.map_err(Failure::from).map(|left| {
                    left.map_or_else(
                        || "a token came".to_owned(),
                        |left| format!("a token came; it ends in {} min", left.as_secs() / 60),
                    )
                });
                if check("credentials", ends) {
                    let answer = session.client.ping("mobproc doctor").await;
                    check(
                        "connection",
                        answer
                            .map(|_| "the server answers".to_owned())
                            .map_err(Failure::from),
                    );
                    let me = session.client.me().await;
                    check(
                        "caller",
                        me.map(|_| "the server knows the caller".to_owned())
                            .map_err(Failure::from),
                    );
                }
            }
        }
    }
    let mut list = context
        .output
        .list(&[Column::at("check"), Column::at("state"), Column::at("what")]);
    let mut worst: Option<Exit> = None;
    for Check { what, result } in &checks {
        let (state, text) = match result {
            Ok(text) => ("ok", text.clone()),
            Err(failure) => {
                worst = worst.or(Some(failure.exit));
                ("FAILED", failure.in_a_line())
            }
        };
        list.add(&json!({ "check": what, "state": state, "what": text }))?;
    }
    list.finish()?;
    match worst {
        Some(exit) => Err(Failure::new(exit, "not everything works")),
        None => Ok(()),
    }
}

fn settings(context: &Context) -> Result<String, Failure> {
    if context.global.sandbox {
        return Ok("the sandbox inside the program".to_owned());
    }
    let profiles = Profiles::load()?;
    let path = profiles.path().display().to_string();
    match context.profile(&profiles)? {
        Some((name, profile)) => {
            store_of(&profiles, name, profile)?;
            Ok(format!("the profile {name} of {path}"))
        }
        None if !has_settings() => Err(nothing_configured()),
        None => Ok("the environment's, without a profile".to_owned()),
    }
}

fn journal(context: &Context) -> Result<String, Failure> {
    let open = context.journal()?.open_writes()?.len();
    let folder = context.state_folder()?;
    Ok(match open {
        0 => format!("nothing is open; in {}", folder.display()),
        open => format!("{open} open: `mobproc order pending`; in {}", folder.display()),
    })
}
