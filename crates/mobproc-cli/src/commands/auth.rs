//! `auth login`, `status` and `logout`.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::sync::Arc;

use mobproc::profiles::{Profile, Profiles, SecretStore, Secrets, Source, Storage};
use serde_json::{Value, json};

use crate::arguments::{Auth, Login};
use crate::failure::{Exit, Failure};
use crate::keyring;
use crate::output::Column;
use crate::session::{Context, has_settings, nothing_configured, store_of};
use crate::talk::say;

pub(crate) async fn run(context: &Context, command: &Auth) -> Result<(), Failure> {
    if context.global.sandbox {
        return Err(Failure::usage("the sandbox inside the program needs no login"));
    }
    match command {
        Auth::Login(login) => self::login(context, login).await,
        Auth::Status => status(context).await,
        Auth::Logout => logout(context),
    }
}

/// The setting of a flag, of the profile, or of whoever is asked.
fn setting(
    context: &Context,
    given: Option<&str>,
    before: Option<&str>,
    flag: &str,
    question: &str,
) -> Result<String, Failure> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    if !context.asker.can_ask() {
        return before
            .map(str::to_owned)
            .ok_or_else(|| Failure::usage(format!("{flag} is missing, and there is nobody to ask")));
    }
    let not_empty = |text: &str| {
        if text.is_empty() {
            Err("something has to be said".to_owned())
        } else {
            Ok(())
        }
    };
    context.asker.text(question, "", before, not_empty)
}

async fn login(context: &Context, login: &Login) -> Result<(), Failure> {
    let mut profiles = Profiles::load()?;
    let name = profiles.chosen_name(context.global.profile.as_deref())?;
    let name = name.unwrap_or_else(|| "default".to_owned());
    let before = profiles.get(&name).cloned();
    // Before anything is typed: whether there is a place for it.
    if login.secret_command.is_none() && !login.insecure_storage {
        keyring::store(&name)?;
    }
    let of = before.clone().unwrap_or_default();
    let known = |text: &str| Some(text).filter(|text| !text.is_empty()).map(str::to_owned);
    let tenant = setting(
        context,
        login.tenant.as_deref(),
        known(&of.tenant).as_deref(),
        "--tenant",
        "Tenant (code of the customer account):",
    )?;
    let client_id = setting(
        context,
        login.client_id.as_deref(),
        known(&of.client_id).as_deref(),
        "--client-id",
        "Client id:",
    )?;
    let username = setting(
        context,
        login.username.as_deref(),
        of.username.as_deref(),
        "--username",
        "Account, with its source system, such as command://svc-orders:",
    )?;
    let mut profile = of;
    profile.tenant = tenant;
    profile.client_id = client_id;
    profile.username = Some(username);
    profile.base_url = login.base_url.clone().or(profile.base_url);
    profile.token_url = login.token_url.clone().or(profile.token_url);
    let (secrets, store) = if let Some(command) = &login.secret_command {
        profile.secret_command = Some(command.clone());
        profile.secrets = None;
        (profile.secrets(None)?, None)
    } else {
        profile.secret_command = None;
        let store: Arc<dyn SecretStore> = if login.insecure_storage {
            profile.secrets = Some(Storage::File);
            Arc::new(profiles.secret_file(&name)?)
        } else {
            profile.secrets = Some(Storage::Keyring);
            keyring::store(&name)?
        };
        let (client_secret, password) = ask_secrets(context, login)?;
        (Secrets::to_store(&client_secret, &password), Some(store))
    };
    // Nothing is stored that does not work.
    let client = profile.builder(&secrets, None)?.build()?;
    client.token_time_left().await.map_err(|error| {
        Failure::from(error).next("nothing was stored; check the account, the secrets and the URLs")
    })?;
    if let Some(store) = &store {
        store.save(&secrets)?;
    }
    profiles.insert(&name, &profile)?;
    let place = store
        .as_ref()
        .map_or_else(|| "its secret_command".to_owned(), |store| store.place());
    say(&format!(
        "Logged in. The profile {name} is in {}; its secrets come from {place}.",
        profiles.path().display()
    ));
    Ok(())
}

fn ask_secrets(context: &Context, login: &Login) -> Result<(String, String), Failure> {
    if login.secrets_from_stdin {
        if io::stdin().is_terminal() {
            return Err(Failure::usage(
                "--secrets-from-stdin is for a pipe, not for a terminal",
            ));
        }
        let mut lines = io::stdin().lock().lines();
        let mut next = |what: &str| match lines.next() {
            Some(Ok(line)) if !line.trim().is_empty() => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
            Some(Err(error)) => Err(Failure::usage(format!("standard input: {error}"))),
            _ => Err(Failure::usage(format!("standard input has no line for {what}"))),
        };
        return Ok((next("the client secret")?, next("the password")?));
    }
    if !context.asker.can_ask() {
        return Err(Failure::usage("there is nobody to ask for the secrets")
            .next("--secrets-from-stdin, or --secret-command COMMAND"));
    }
    Ok((
        context.asker.secret("Client secret:")?,
        context.asker.secret("Password:")?,
    ))
}

fn place_of(source: Source, store: Option<&dyn SecretStore>) -> String {
    match (source, store) {
        (Source::Environment, _) => "the environment".to_owned(),
        (Source::Command, _) => "secret_command".to_owned(),
        (_, Some(store)) => store.place(),
        (_, None) => "nowhere".to_owned(),
    }
}

async fn status(context: &Context) -> Result<(), Failure> {
    let profiles = Profiles::load()?;
    let chosen = context.profile(&profiles)?;
    let mut shown = match chosen {
        Some((name, profile)) => {
            let store = store_of(&profiles, name, profile)?;
            let secrets = profile.secrets(store.as_deref())?;
            let place = |secret: &Option<mobproc::profiles::Secret>| {
                secret
                    .as_ref()
                    .map(|secret| place_of(secret.source, store.as_deref()))
            };
            json!({
                "profile": name,
                "tenant": profile.tenant,
                "server": profile.base_url.as_deref().unwrap_or(mobproc::PRODUCTION_BASE_URL),
                "clientId": profile.client_id,
                "account": profile.username,
                "clientSecret": place(&secrets.client_secret),
                "password": place(&secrets.password),
                "accessToken": place(&secrets.access_token),
                "refreshToken": place(&secrets.refresh_token),
            })
        }
        None => json!({ "profile": Value::Null, "settings": "the environment" }),
    };
    let session = context.session().await?;
    let left = session.client.token_time_left().await.map_err(|error| {
        Failure::new(Exit::Credentials, error.to_string())
            .next(format!("mobproc{} auth login", session.flags()))
    });
    let columns = [
        Column::at("profile"),
        Column::at("settings"),
        Column::at("tenant"),
        Column::at("server"),
        Column::new("client id", "clientId"),
        Column::at("account"),
        Column::new("client secret in", "clientSecret"),
        Column::new("password in", "password"),
        Column::new("access token in", "accessToken"),
        Column::new("refresh token in", "refreshToken"),
        Column::new("token ends in", "tokenEndsIn"),
        Column::new("belongs to", "user"),
    ];
    if let (Ok(left), Some(members)) = (&left, shown.as_object_mut()) {
        let ends = left.map_or_else(
            || "nobody said".to_owned(),
            |left| format!("{} min", left.as_secs() / 60),
        );
        members.insert("tokenEndsIn".to_owned(), json!(ends));
        let me = session.client.me().await?;
        let user = ["/user", "/actor"]
            .into_iter()
            .find_map(|place| json!(me.0).pointer(place).cloned())
            .and_then(|user| user.get("companyEmployeeId").or_else(|| user.get("id")).cloned());
        members.insert("user".to_owned(), user.unwrap_or(Value::Null));
    }
    context.output.one(&shown, &columns)?;
    left.map(|_| ())
}

fn logout(context: &Context) -> Result<(), Failure> {
    let profiles = Profiles::load()?;
    let Some((name, profile)) = context.profile(&profiles)? else {
        return Err(if has_settings() {
            Failure::usage("the settings are the environment's, and nothing of them is stored")
        } else {
            nothing_configured()
        });
    };
    let Some(store) = store_of(&profiles, name, profile)? else {
        return Err(Failure::usage(format!(
            "the profile {name} has no stored secrets: they come from {}",
            source_of(profile)
        )));
    };
    say(&if store.remove()? {
        format!(
            "The secrets of {name} are removed from {}. The profile stays.",
            store.place()
        )
    } else {
        format!("There were no secrets of {name} in {}.", store.place())
    });
    Ok(())
}

fn source_of(profile: &Profile) -> &'static str {
    if profile.secret_command.is_some() {
        "its secret_command"
    } else {
        "the environment"
    }
}
