//! Where secrets are, and that they stand in no output.

use serde_json::json;

use crate::support::{Home, Server, UPGRADE_PRICE, example};

/// The command that makes a profile of a sandbox.
fn login<'a>(server: &'a Server, more: &[&'a str]) -> Vec<&'a str> {
    let mut command = vec![
        "auth",
        "login",
        "--profile",
        "qa",
        "--tenant",
        server.variable("MOBPROC_TENANT"),
        "--client-id",
        server.variable("MOBPROC_CLIENT_ID"),
        "--username",
        server.variable("MOBPROC_USERNAME"),
        "--base-url",
        server.variable("MOBPROC_BASE_URL"),
        "--token-url",
        server.variable("MOBPROC_TOKEN_URL"),
    ];
    command.extend(more);
    command
}

/// Secrets in a file, typed.
const TYPED: [&str; 2] = ["--insecure-storage", "--secrets-from-stdin"];

/// A profile of a sandbox, with its secrets in a file.
fn logged_in(server: &Server) -> Home {
    let home = Home::new();
    let of = |name: &str| server.variable(name);
    let secrets = format!("{}\n{}\n", of("MOBPROC_CLIENT_SECRET"), of("MOBPROC_PASSWORD"));
    let told = home.run_with_input(&login(server, &TYPED), &secrets).ended(0);
    assert!(told.stderr.contains("its secrets come from the file"), "{told:?}");
    home
}

#[test]
fn login_status_and_logout() {
    let server = Server::start(&[]);
    let home = logged_in(&server);
    let status = home.run(&["auth", "status", "-o", "json"]).ended(0).json();
    assert_eq!(
        (&status["profile"], &status["user"]),
        (&json!("qa"), &json!("svc.procurement"))
    );
    assert!(
        status["password"].as_str().unwrap().starts_with("the file "),
        "{status}"
    );
    assert_eq!(status["tokenEndsIn"], "119 min");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = home.path().join("secrets/qa.json");
        assert_eq!(
            std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    // A refresh token is stored, and used up and stored anew by the next command.
    let stored = || std::fs::read_to_string(home.path().join("secrets/qa.json")).unwrap();
    let first = stored();
    assert!(first.contains("refresh_token"), "a token was to be stored");
    home.run(&["ping"]).ended(0);
    assert_ne!(stored(), first);
    assert_eq!(server.count("operation=token_create"), 3);
    home.run(&["auth", "logout"]).ended(0);
    let out = home.run(&["ping"]).ended(4);
    assert!(out.stderr.contains("mobproc auth login --profile qa"), "{out:?}");
    let listed = home.run(&["profile", "list", "-o", "json"]).ended(0).json();
    assert_eq!(
        (&listed[0]["name"], &listed[0]["used"]),
        (&json!("qa"), &json!("*"))
    );
}

#[test]
fn a_login_that_does_not_work_stores_nothing() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let login = login(&server, &TYPED);
    let refused = home.run_with_input(&login, "wrong\nwrong\n").ended(4);
    assert!(refused.stderr.contains("nothing was stored"), "{refused:?}");
    assert!(!home.path().join("secrets").exists() && !home.path().join("config.toml").exists());
    let empty = home.run_with_input(&login, "only one\n").ended(2);
    assert!(empty.stderr.contains("no line for the password"), "{empty:?}");
}

#[test]
fn a_secret_command_is_run_each_time_and_nothing_is_stored() {
    let server = Server::start(&[]);
    let mut home = Home::new();
    home.file(
        "printed",
        "client_secret=sandbox-secret\npassword=sandbox-password\n",
    );
    let login = login(&server, &["--secret-command", "cat printed"]);
    home.run(&login).ended(0);
    let status = home.run(&["auth", "status", "-o", "json"]).ended(0).json();
    assert_eq!(status["clientSecret"], "secret_command");
    assert!(!home.path().join("secrets").exists());
    // The environment comes first.
    home.set("MOBPROC_PASSWORD", "wrong");
    home.run(&["ping"]).ended(4);
    let shown = home.run(&["profile", "show", "qa"]).ended(0);
    assert!(!shown.stdout.contains("cat printed"), "{shown:?}");
}

/// The real keyring of a desktop, on a bus of its own: where `dbus-run-session` and
/// `gnome-keyring-daemon` are, which `cargo xtask thorough keyring` sees to.
#[test]
#[ignore = "needs a keyring: cargo xtask thorough keyring"]
fn secrets_are_kept_in_the_keyring() {
    let server = Server::start(&[]);
    let home = Home::of(&server);
    let script = home.file(
        "session.sh",
        "set -eu\n\
         printf 'unlocked' | gnome-keyring-daemon --unlock --components=secrets > /dev/null\n\
         printf '%s\\n%s\\n' \"$MOBPROC_CLIENT_SECRET\" \"$MOBPROC_PASSWORD\" > typed\n\
         base=$MOBPROC_BASE_URL token=$MOBPROC_TOKEN_URL\n\
         unset MOBPROC_CLIENT_SECRET MOBPROC_PASSWORD MOBPROC_TENANT MOBPROC_CLIENT_ID MOBPROC_USERNAME MOBPROC_BASE_URL \
         MOBPROC_TOKEN_URL\n\
         \"$PROGRAM\" auth login --profile desk --tenant LARKSPUR --client-id sandbox-client \
         --username command://svc.procurement --base-url \"$base\" --token-url \"$token\" --secrets-from-stdin < typed\n\
         rm typed\n\
         \"$PROGRAM\" auth status -o json\n\
         \"$PROGRAM\" ping -o json > /dev/null\n\
         \"$PROGRAM\" auth logout\n\
         if \"$PROGRAM\" ping 2> /dev/null; then exit 9; else test $? = 4; fi\n",
    );
    let mut command = home.command(&[]);
    let variables: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    command = std::process::Command::new("dbus-run-session");
    command
        .args(["--", "sh"])
        .arg(script)
        .env_clear()
        .envs(variables)
        .env("PROGRAM", crate::support::PROGRAM);
    command
        .env("XDG_RUNTIME_DIR", home.path())
        .current_dir(home.path());
    let output = command.output().expect("dbus-run-session is there");
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(
        stdout.contains("the system's keyring (mobproc, desk)"),
        "{stdout}{stderr}"
    );
    assert!(!stdout.contains("sandbox-password") && !home.path().join("secrets").exists());
}

/// Never silently a weaker place: without a keyring, a login says so before anything is typed.
#[test]
fn without_a_keyring_a_login_offers_the_other_places_by_name() {
    let home = Home::new();
    let login = [
        "auth",
        "login",
        "--tenant",
        "T",
        "--client-id",
        "c",
        "--username",
        "u",
        "--secrets-from-stdin",
    ];
    let refused = home.run_with_input(&login, "a\nb\n").ended(2);
    for told in ["the system's keyring", "--secret-command", "--insecure-storage"] {
        assert!(refused.stderr.contains(told), "{refused:?}");
    }
}

#[test]
fn no_secret_stands_in_any_output() {
    let server = Server::start(&["--explain"]);
    let home = logged_in(&server);
    let order = example("orders/upgrade/request.json");
    let stored: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(home.path().join("secrets/qa.json")).unwrap()).unwrap();
    let mut canaries: Vec<String> = vec!["sandbox-secret".to_owned(), "sandbox-password".to_owned()];
    canaries.extend(
        stored
            .as_object()
            .unwrap()
            .values()
            .filter_map(|value| value.as_str().map(str::to_owned)),
    );
    for arguments in [
        &["auth", "status", "-v"][..],
        &["doctor", "-v"],
        &["profile", "show", "-o", "json"],
        &["profile", "list", "-o", "yaml"],
        &["ping", "-v", "-o", "json"],
        &[
            "order",
            "place",
            &order,
            "--yes",
            "--expect-total",
            UPGRADE_PRICE,
            "-v",
        ],
        &[
            "order",
            "place",
            &order,
            "--yes",
            "--expect-total",
            "1USD",
            "-v",
            "-o",
            "json",
        ],
        &["order", "list", "-v", "-o", "ndjson"],
        &["order", "pending", "-v"],
        &["employees", "show", "nobody", "-v", "-o", "json"],
        &["api", "GET", "/nothing", "-v"],
        &["--profile", "other", "ping"],
    ] {
        let ran = home.run(arguments);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        for canary in &canaries {
            assert!(!all.contains(canary.as_str()), "{arguments:?} shows a secret");
        }
        assert!(!all.contains("Bearer"), "{arguments:?}: {all}");
        // What is told of attempts is not personal either.
        let told: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("* ")).collect();
        for personal in ["Peter", "Edwards", "Executive", "2035559999"] {
            assert!(!told.join("\n").contains(personal), "{arguments:?}: {told:?}");
        }
    }
    // Nor in what is left on the disk, but for the file of secrets.
    let journal = std::fs::read(home.path().join("state/journal/journal.sqlite")).unwrap();
    let journal = String::from_utf8_lossy(&journal);
    for canary in &canaries {
        assert!(!journal.contains(canary.as_str()));
    }
}
