//! Running the program, each time with folders of its own, and a sandbox beside it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The program.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_mobproc");

/// What the documented upgrade costs in the sandbox.
pub(crate) const UPGRADE_PRICE: &str = "199.99USD,558.67USD/month";

/// Submits what [`Home::confirmed`] has written.
pub(crate) const SUBMIT: [&str; 6] = [
    "order",
    "submit",
    "confirmed.json",
    "--yes",
    "--expect-total",
    UPGRADE_PRICE,
];

/// Folders for settings and state, and variables.
pub(crate) struct Home {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a run left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The run, if it ended with this exit code.
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            variables: Vec::new(),
        }
    }

    /// With the settings of a sandbox in the environment.
    pub(crate) fn of(sandbox: &Server) -> Self {
        let mut home = Self::new();
        home.variables.clone_from(&sandbox.variables);
        home
    }

    /// With the documented upgrade confirmed, in `confirmed.json`.
    pub(crate) fn confirmed(server: &Server) -> Self {
        let home = Self::of(server);
        home.confirm(&example("orders/upgrade/request.json")).ended(0);
        home
    }

    /// Confirms an order into `confirmed.json`.
    pub(crate) fn confirm(&self, order: &str) -> Ran {
        self.run(&["order", "confirm", order, "--out", "confirmed.json"])
    }

    /// Places an order that costs what the documented upgrade does.
    pub(crate) fn place(&self, order: &str) -> Ran {
        self.run(&["order", "place", order, "--yes", "--expect-total", UPGRADE_PRICE])
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(known, _)| known != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path())
            .env("USER", "tester")
            .env("MOBPROC_CONFIG", self.path().join("config.toml"))
            .env("MOBPROC_STATE", self.path().join("state"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        ran(&mut self.command(arguments))
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Whoever does not read it does not need it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Places an upgrade that needs approval.
    pub(crate) fn place_dear(&self, flags: &[&str]) -> Ran {
        let mut new = flags.to_vec();
        new.extend([
            "order",
            "new",
            "upgrade",
            "--service-id",
            "1001",
            "--device-id",
            "4002",
            "--plan-id",
            "4101",
            "--property",
            "CONTACT_NUMBER=2025550101",
            "--property",
            "Reason=1",
            "--ship-to-name",
            "Amara Okafor",
            "--ship-to-region-id",
            "2001",
            "--address",
            "LINE_1=14 Harbor Street",
            "--address",
            "CITY=New Haven",
            "--address",
            "STATE=CT",
            "--address",
            "POSTAL_CODE=06510",
            "-O",
            "dear.yaml",
        ]);
        self.run(&new).ended(0);
        let mut place = flags.to_vec();
        place.extend([
            "order",
            "place",
            "dear.yaml",
            "--yes",
            "--expect-total",
            "899USD,45.25USD/month",
        ]);
        self.run(&place).ended(0)
    }

    /// Places the documented upgrade.
    pub(crate) fn place_upgrade(&self) -> Ran {
        self.place(&example("orders/upgrade/request.json"))
    }
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A documented example's file.
pub(crate) fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../openapi/examples")
        .join(name);
    path.canonicalize().unwrap().display().to_string()
}

/// `mobproc sandbox start`, in a process of its own. It stops when this is dropped.
pub(crate) struct Server {
    child: Child,
    _home: Home,
    pub(crate) variables: Vec<(String, String)>,
}

impl Server {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let home = Home::new();
        let mut all = vec!["sandbox", "start", "--port", "0"];
        all.extend(arguments);
        let mut child = home
            .command(&all)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut variables = Vec::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        while variables.len() < 7 {
            let line = lines.next().expect("the sandbox prints its settings").unwrap();
            if let Some((name, value)) = line.split_once('=') {
                variables.push((name.to_owned(), value.trim_matches('\'').to_owned()));
            }
        }
        Self {
            child,
            _home: home,
            variables,
        }
    }

    pub(crate) fn variable(&self, name: &str) -> &str {
        let found = self.variables.iter().find(|(known, _)| known == name);
        &found.unwrap().1
    }

    fn control(&self) -> String {
        let url = self.variable("MOBPROC_BASE_URL");
        url.strip_suffix("/mobproc/v1").unwrap().to_owned()
    }

    /// What the sandbox's control answers.
    pub(crate) fn ask(&self, path: &str) -> Value {
        let url = format!("{}/sandbox{path}", self.control());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async { reqwest::get(url).await.unwrap().json().await.unwrap() })
    }

    /// Every request it received.
    pub(crate) fn requests(&self) -> Vec<Value> {
        let requests = self.ask("/requests");
        requests["requests"]
            .as_array()
            .unwrap_or_else(|| panic!("{requests}"))
            .clone()
    }

    /// Tells the sandbox's control something.
    pub(crate) fn tell(&self, path: &str, body: &Value) {
        let url = format!("{}/sandbox{path}", self.control());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let answer = reqwest::Client::new().post(url).json(body).send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        });
    }

    /// Lets the next call of an operation go wrong.
    pub(crate) fn fault(&self, operation: &str, fault: &str) {
        self.faults(&format!("{operation}:{fault} x1"));
    }

    /// Nothing goes wrong any more.
    pub(crate) fn clear_faults(&self) {
        let url = format!("{}/sandbox/faults", self.control());
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let answer = reqwest::Client::new().delete(url).send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        });
    }

    /// Lets things go wrong by a rule.
    pub(crate) fn faults(&self, rule: &str) {
        let url = format!("{}/sandbox/faults", self.control());
        let rule = rule.to_owned();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let answer = reqwest::Client::new().post(url).body(rule).send().await.unwrap();
            assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        });
    }

    /// The external order numbers of all orders placed.
    pub(crate) fn orders(&self) -> Vec<String> {
        let orders = self.ask("/orders");
        let list = orders.as_array().cloned().unwrap_or_else(|| {
            orders["orders"]
                .as_array()
                .cloned()
                .unwrap_or_else(|| panic!("{orders}"))
        });
        list.iter()
            .map(|order| {
                let order = order.get("order").unwrap_or(order);
                order["externalOrderNumber"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect()
    }

    /// How often a POST to an operation was received that would place an order.
    pub(crate) fn count(&self, query: &str) -> u64 {
        let count = self.ask(&format!("/requests/count?{query}"));
        count["count"].as_u64().unwrap_or_else(|| panic!("{count}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a line of a program that begins so, then ends the program the hard way.
pub(crate) fn kill_at(child: &mut Child, line: &str) -> ExitStatus {
    let stderr = child.stderr.take().unwrap();
    for said in BufReader::new(stderr).lines() {
        if said.unwrap().starts_with(line) {
            child.kill().unwrap();
            return child.wait().unwrap();
        }
    }
    panic!("the program never said {line}: {:?}", child.wait());
}
