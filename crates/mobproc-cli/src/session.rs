//! Where and as whom: from the command line, the environment and the profiles to a client.

use std::env;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mobproc::profiles::{self, Profile, Profiles, SecretStore, Storage};
use mobproc::{Client, ClientBuilder, Credentials, EmployeeRef, PRODUCTION_BASE_URL};
use mobproc_rollout::{Journal, Scope};
use mobproc_sandbox::Sandbox;

use crate::arguments::{Colours, Global, parse_employee};
use crate::ask::Asker;
use crate::failure::{Exit, Failure};
use crate::jq::Filter;
use crate::keyring;
use crate::output::Output;
use crate::verbose::Attempts;

/// What the command line says to all commands.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) output: Output,
    pub(crate) asker: Asker,
}

/// Which system orders go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Environment {
    /// The one inside the program.
    Sandbox,
    /// The real one.
    Production,
    /// Another, such as a test system.
    Other(String),
}

/// A client, and where it leads.
#[derive(Debug)]
pub(crate) struct Session {
    /// In the name of whoever is asked for.
    pub(crate) client: Client,
    /// In the name of the account.
    pub(crate) plain: Client,
    pub(crate) environment: Environment,
    /// The name of the profile, if the settings are of one.
    pub(crate) profile: Option<String>,
    /// Whose credentials are used, where that is a name.
    pub(crate) account: Option<String>,
    /// The hierarchy it asks in.
    pub(crate) hierarchy: Option<String>,
    /// Stops when it is dropped.
    _sandbox: Option<Sandbox>,
}

/// The account where a ready-made token is used: whose it is, the token does not say.
const BY_TOKEN: &str = "(whoever the access token is of)";
/// The name of the sandbox among servers.
pub(crate) const SANDBOX: &str = "sandbox";

impl Context {
    pub(crate) fn new(global: Global) -> Result<Self, Failure> {
        let filter = global.jq.as_deref().map(Filter::parse).transpose()?;
        let has_colours = match global.color {
            Colours::Always => true,
            Colours::Never => false,
            Colours::Auto => {
                io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            }
        };
        Ok(Self {
            output: Output::new(global.output.format(), global.columns.as_deref(), filter),
            asker: Asker::new(global.no_input, has_colours),
            global,
        })
    }

    /// The folder of everything that is remembered: the sandbox's own with `--sandbox`, so that
    /// what is tried out never mixes with what was ordered.
    pub(crate) fn state_folder(&self) -> Result<PathBuf, Failure> {
        let folder = profiles::state_folder()?;
        Ok(if self.global.sandbox {
            folder.join("sandbox")
        } else {
            folder
        })
    }

    /// What has to be on a command line to come to the same place as the same person.
    pub(crate) fn flags(&self) -> String {
        let mut flags = String::new();
        if self.global.sandbox {
            flags.push_str(" --sandbox");
        }
        if let Some(profile) = &self.global.profile {
            flags = format!("{flags} --profile {profile}");
        }
        if let Some(employee) = &self.global.acting_for {
            flags = format!("{flags} --as {}", quoted(&employee_text(employee)));
        }
        flags
    }

    pub(crate) fn journal(&self) -> Result<Journal, Failure> {
        Ok(Journal::open(&self.state_folder()?.join("journal"))?)
    }

    /// The profile in use; nothing if the settings are the environment's or the sandbox's.
    pub(crate) fn profile<'a>(
        &self,
        profiles: &'a Profiles,
    ) -> Result<Option<(&'a str, &'a Profile)>, Failure> {
        if self.global.sandbox {
            return Ok(None);
        }
        let is_named = self.global.profile.is_some()
            || env::var_os("MOBPROC_PROFILE").is_some_and(|name| !name.is_empty());
        if !is_named && (has_settings() || profiles.default_name().is_none()) {
            return Ok(None);
        }
        Ok(Some(profiles.chosen(self.global.profile.as_deref())?))
    }

    /// A client with everything that is asked for.
    pub(crate) async fn session(&self) -> Result<Session, Failure> {
        self.session_with(std::convert::identity).await
    }

    /// A client with everything that is asked for, and with what is added here.
    pub(crate) async fn session_with(
        &self,
        add: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Session, Failure> {
        let (builder, environment, profile, defaults, sandbox) = self.assemble().await?;
        let builder = builder.user_agent(concat!("mobproc-cli/", env!("CARGO_PKG_VERSION")));
        let builder = if self.global.verbose {
            builder.observer(Attempts)
        } else {
            builder
        };
        let mut plain = add(builder).build()?;
        if let Some(activity) = &self.global.activity {
            plain = plain.with_activity_id(activity);
        }
        let mut client = plain.clone();
        if let Some(employee) = self.global.acting_for.clone().or(defaults.acting_for) {
            client = client.acting_for(employee);
        }
        let hierarchy = self.global.hierarchy.clone().or(defaults.hierarchy);
        if let Some(hierarchy) = &hierarchy {
            client = client.with_hierarchy(hierarchy);
        }
        Ok(Session {
            client,
            plain,
            environment,
            profile,
            account: defaults.account,
            hierarchy,
            _sandbox: sandbox,
        })
    }

    async fn assemble(
        &self,
    ) -> Result<
        (
            ClientBuilder,
            Environment,
            Option<String>,
            Defaults,
            Option<Sandbox>,
        ),
        Failure,
    > {
        if self.global.sandbox {
            let sandbox = self.start_sandbox().await?;
            let of = sandbox.credentials();
            let builder = Client::builder()
                .base_url(sandbox.base_url())
                .token_url(sandbox.token_url())
                .server_name(SANDBOX)
                .tenant(&of.tenant)
                .credentials(Credentials::bearer(&of.client_id, sandbox.access_token()));
            return Ok((
                builder,
                Environment::Sandbox,
                None,
                Defaults::default(),
                Some(sandbox),
            ));
        }
        let profiles = Profiles::load()?;
        let Some((name, profile)) = self.profile(&profiles)? else {
            if !has_settings() {
                return Err(nothing_configured());
            }
            let base_url = env::var("MOBPROC_BASE_URL").ok();
            let environment = Environment::of(base_url.as_deref());
            let defaults = Defaults {
                account: match env::var_os("MOBPROC_ACCESS_TOKEN") {
                    Some(_) => Some(BY_TOKEN.to_owned()),
                    None => env::var("MOBPROC_USERNAME").ok(),
                },
                ..Defaults::default()
            };
            return Ok((ClientBuilder::from_env()?, environment, None, defaults, None));
        };
        let store = store_of(&profiles, name, profile)?;
        let secrets = profile.secrets(store.as_deref())?;
        let environment = Environment::of(profile.base_url.as_deref());
        let builder = profile.builder(&secrets, store).map_err(|error| {
            Failure::new(Exit::Credentials, error.to_string())
                .next(format!("mobproc auth login --profile {name}"))
        })?;
        let acting_for = profile.acting_for.as_deref().map(parse_employee).transpose();
        let acting_for =
            acting_for.map_err(|why| Failure::usage(format!("acting_for of the profile {name} {why}")))?;
        let defaults = Defaults {
            account: match secrets.access_token {
                Some(_) => Some(BY_TOKEN.to_owned()),
                None => profile.username.clone(),
            },
            acting_for,
            hierarchy: profile.hierarchy.clone(),
        };
        Ok((builder, environment, Some(name.to_owned()), defaults, None))
    }

    async fn start_sandbox(&self) -> Result<Sandbox, Failure> {
        let folder = self.state_folder()?;
        let unusable = |error: io::Error| Failure::failed(format!("the sandbox cannot start: {error}"));
        create_private_folder(&folder).map_err(unusable)?;
        Sandbox::builder()
            .ship_after(std::time::Duration::from_secs(30))
            .state_file(folder.join("tenant.json"))
            .start()
            .await
            .map_err(|error| unusable(error).next("mobproc sandbox reset"))
    }
}

/// An employee as `--as` takes one.
pub(crate) fn employee_text(employee: &EmployeeRef) -> String {
    match employee {
        EmployeeRef::TangoeId(id) => format!("id:{id}"),
        EmployeeRef::CompanyId(id) => id.clone(),
        _ => String::new(),
    }
}

/// A word as shells and this program take it: in quotes unless it is plain, and told from flags.
pub(crate) fn quoted(word: &str) -> String {
    if word.starts_with('-') {
        return format!("-- '{}'", word.replace('\'', "'\\''"));
    }
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.:/@%+=,".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// For the user alone: what was ordered says who lives where.
pub(crate) fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// A server in one spelling: the names of this machine are one, and so are a host's with and
/// without a dot at the end.
fn one_server(mut url: url::Url) -> String {
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_end_matches('.')
        .to_owned();
    let host = match host.as_str() {
        "localhost" | "[::1]" => "127.0.0.1",
        other => other,
    };
    // A host that cannot be set stays as it is written.
    let _ = url.set_host(Some(host));
    url.to_string()
}

/// What a profile says where the command line does not.
#[derive(Debug, Default)]
struct Defaults {
    account: Option<String>,
    acting_for: Option<EmployeeRef>,
    hierarchy: Option<String>,
}

pub(crate) fn nothing_configured() -> Failure {
    Failure::usage("no profile is there and no variables are set, so it is not known which tenant to ask")
        .next("mobproc auth login")
        .next("the same with --sandbox, to try things out without a tenant")
}

/// Whether the environment has settings without a profile.
pub(crate) fn has_settings() -> bool {
    env::var_os("MOBPROC_TENANT").is_some()
}

/// Where the secrets of a profile are stored.
pub(crate) fn store_of(
    profiles: &Profiles,
    name: &str,
    profile: &Profile,
) -> Result<Option<Arc<dyn SecretStore>>, Failure> {
    match profile.secrets {
        Some(Storage::File) => Ok(Some(Arc::new(profiles.secret_file(name)?))),
        Some(Storage::Keyring) => Ok(Some(keyring::store(name)?)),
        _ => Ok(None),
    }
}

impl Environment {
    fn of(base_url: Option<&str>) -> Self {
        let Some(url) = base_url else {
            return Self::Production;
        };
        // One host is one host, however it is written.
        let host_of = |url: &str| {
            let url = url::Url::parse(url.trim()).ok()?;
            Some(url.host_str()?.trim_end_matches('.').to_lowercase())
        };
        match host_of(url) {
            Some(host) if Some(&host) == host_of(PRODUCTION_BASE_URL).as_ref() => Self::Production,
            Some(host) => Self::Other(host),
            None => Self::Other(url.to_owned()),
        }
    }
}

impl Session {
    /// Whom writes are for.
    pub(crate) fn scope(&self) -> Scope {
        // However it is written, it is one server and one tenant.
        let name = self.client.server_name();
        let server = url::Url::parse(name.trim()).map_or_else(|_| name.to_owned(), one_server);
        Scope::new(server.trim_end_matches('/'), self.client.tenant().trim())
    }

    /// The tenant and the environment, for people.
    pub(crate) fn place(&self) -> String {
        let tenant = self.client.tenant();
        match &self.environment {
            Environment::Sandbox => "the sandbox, where nothing real is ordered".to_owned(),
            Environment::Production => format!("PRODUCTION, tenant {tenant}"),
            Environment::Other(host) => format!("tenant {tenant} at {host}"),
        }
    }

    /// What has to be on a command line to come here again.
    pub(crate) fn flags(&self) -> String {
        match (&self.environment, &self.profile) {
            (Environment::Sandbox, _) => " --sandbox".to_owned(),
            (_, Some(profile)) => format!(" --profile {profile}"),
            (_, None) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_is_production_however_it_is_written() {
        assert_eq!(Environment::of(None), Environment::Production);
        let url = url::Url::parse(PRODUCTION_BASE_URL).unwrap();
        let host = url.host_str().unwrap();
        for written in [
            PRODUCTION_BASE_URL.to_owned(),
            format!("{PRODUCTION_BASE_URL}/"),
            format!(" {PRODUCTION_BASE_URL} "),
            PRODUCTION_BASE_URL.replace(host, &host.to_uppercase()),
            PRODUCTION_BASE_URL.replace(host, &format!("{host}.")),
            PRODUCTION_BASE_URL.replace(host, &format!("{host}:443")),
            PRODUCTION_BASE_URL.replace("https", "HTTPS"),
        ] {
            assert_eq!(
                Environment::of(Some(&written)),
                Environment::Production,
                "{written}"
            );
        }
        assert_eq!(
            Environment::of(Some("https://qa.example/mobproc/v1")),
            Environment::Other("qa.example".to_owned())
        );
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, shown) in [
            ("LF-1", "LF-1"),
            ("a b; touch x", "'a b; touch x'"),
            ("it's", "'it'\\''s'"),
            ("-x", "-- '-x'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), shown);
        }
    }
}
