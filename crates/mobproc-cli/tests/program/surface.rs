//! The command line as reviewed: the help of every command, and the reference made from it.

use crate::support::Home;

/// All commands, by what their help lists.
fn commands(home: &Home, above: &[String], found: &mut Vec<Vec<String>>) {
    let mut arguments: Vec<&str> = above.iter().map(String::as_str).collect();
    arguments.push("--help");
    let help = home.run(&arguments).ended(0).stdout;
    found.push(above.to_vec());
    let mut is_command = false;
    for line in help.lines() {
        if line == "Commands:" || line == "Kinds of order:" {
            is_command = true;
        } else if !line.starts_with(' ') && !line.is_empty() {
            is_command = false;
        } else if is_command
            && let Some(name) = line.strip_prefix("  ").filter(|line| !line.starts_with(' '))
            && let Some(name) = name.split_whitespace().next()
            && name != "help"
        {
            let mut below = above.to_vec();
            below.push(name.to_owned());
            commands(home, &below, found);
        }
    }
}

#[test]
fn the_help_of_every_command_is_as_reviewed() {
    let home = Home::new();
    let mut found = Vec::new();
    commands(&home, &[], &mut found);
    assert!(found.len() > 60, "only {} commands", found.len());
    for command in found {
        let mut arguments: Vec<&str> = command.iter().map(String::as_str).collect();
        arguments.push("-h");
        let help = home.run(&arguments).ended(0).stdout;
        // What every command takes stands in the first snapshot.
        let own = match help.split_once("\nGlobal options:\n") {
            Some((own, _)) if !command.is_empty() => own.to_owned(),
            _ => help,
        };
        let name = if command.is_empty() {
            "mobproc".to_owned()
        } else {
            command.join(" ")
        };
        insta::assert_snapshot!(name.replace(' ', "_"), own);
    }
}

#[test]
fn the_reference_is_made_from_the_command_line() {
    let home = Home::new();
    let made = home.run(&["man", "--markdown"]).ended(0).stdout;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/REFERENCE.md");
    if std::env::var_os("MOBPROC_REFERENCE").is_some_and(|wish| wish == "write") {
        std::fs::write(path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        made, kept,
        "REFERENCE.md is old: MOBPROC_REFERENCE=write cargo test -p mobproc-cli reference"
    );
}

#[test]
fn manual_pages_and_completions_are_made() {
    let home = Home::new();
    home.run(&["man", "--to", "man"]).ended(0);
    let pages = std::fs::read_dir(home.path().join("man")).unwrap().count();
    assert!(pages > 60, "only {pages} pages");
    assert!(home.run(&["man"]).ended(0).stdout.contains(".TH mobproc"));
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = home.run(&["completions", shell]).ended(0).stdout;
        assert!(script.contains("COMPLETE"), "{shell}");
    }
    home.run(&["completions", "none"]).ended(2);
}

/// What a shell is offered for the last word of a line.
fn completed(home: &Home, words: &[&str]) -> Vec<String> {
    let mut arguments = vec!["--", "mobproc"];
    arguments.extend(words);
    let output = home
        .command(&arguments)
        .env("COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "false")
        .env("_CLAP_IFS", "\n")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn commands_and_ids_are_completed() {
    let home = Home::new();
    assert_eq!(completed(&home, &["order", "rec"]), ["reconcile"]);
    assert!(
        completed(
            &home,
            &["--sandbox", "order", "template", "suspend", "--service", ""]
        )
        .contains(&"1001".to_owned())
    );
    assert_eq!(completed(&home, &["--sandbox", "--as", "mei"]), ["mei.tanaka"]);
    assert_eq!(
        completed(&home, &["--sandbox", "catalog", "devices", "--vendor", "30"]),
        ["3001", "3002"]
    );
    // Without a tenant there is nothing to offer, and nothing goes wrong.
    assert!(
        completed(&home, &["order", "show", ""])
            .iter()
            .all(|word| word.starts_with('-'))
    );
    let dear = home.place_dear(&["--sandbox"]).stdout;
    assert_eq!(
        completed(&home, &["--sandbox", "order", "show", "88"]),
        [dear.trim()]
    );
}

#[test]
fn what_is_no_command_is_told() {
    let home = Home::new();
    for arguments in [
        &["orders"][..],
        &["order", "place"],
        &["order", "list", "--limit", "many"],
        &["order", "place", "x", "--expect-total", "a lot"],
        &["order", "watch", "1", "--every", "soon"],
        &["order", "resolve", "1"],
        &["order", "resolve", "1", "--placed", "2", "--not-placed"],
        &["--sandbox", "--profile", "qa", "ping"],
        &["--as", "", "ping"],
        &["api", "DELETE", "/orders/1"],
        &["order", "template", "gift"],
        &["ping", "-o", "xml"],
        &["--jq", ".[", "ping"],
    ] {
        let ran = home.run(arguments).ended(2);
        assert!(
            ran.stderr.starts_with("error: ") && ran.stdout.is_empty(),
            "{arguments:?}: {ran:?}"
        );
    }
}
