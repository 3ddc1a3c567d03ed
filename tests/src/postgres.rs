//! A real PostgreSQL server for a test: in a temporary folder, on a free port of this machine.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::not_tested;

/// Names a server to use where none can be started, such as `postgres://user@host/database`.
const VARIABLE: &str = "MOBPROC_TEST_POSTGRES";

/// A server. It stops when this is dropped.
#[derive(Debug)]
pub struct Postgres {
    running: Option<(Child, TempDir)>,
    url: String,
}

/// Where the server's programs are.
fn programs() -> Option<PathBuf> {
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.and_then(|output| String::from_utf8(output.stdout).ok());
    let mut places: Vec<PathBuf> = told.iter().map(|folder| PathBuf::from(folder.trim())).collect();
    // Debian's, one folder for each version.
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    places.extend(debian.flatten().map(|entry| entry.path().join("bin")));
    places
        .into_iter()
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// Who runs it: the server refuses to run as root.
fn server_user() -> Option<(u32, u32)> {
    let me = Command::new("id").arg("-u").output().ok()?;
    if String::from_utf8(me.stdout).ok()?.trim() != "0" {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").ok()?;
    let line = users.lines().find(|line| line.starts_with("postgres:"))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

fn command(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env("LC_ALL", "C");
    #[cfg(unix)]
    if let Some((uid, gid)) = user {
        use std::os::unix::process::CommandExt as _;
        command.uid(uid).gid(gid);
    }
    #[cfg(not(unix))]
    let _ = user;
    command
}

impl Postgres {
    /// Starts a server; nothing where there is none to start, which is told.
    ///
    /// # Panics
    ///
    /// If it is there and does not start: then the test has failed.
    #[must_use]
    pub fn start() -> Option<Self> {
        if let Ok(url) = std::env::var(VARIABLE) {
            return Some(Self { running: None, url });
        }
        let Some(programs) = programs() else {
            not_tested("the PostgreSQL journal: there is no PostgreSQL server here (apt install postgresql)");
            return None;
        };
        let user = server_user();
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("a folder for PostgreSQL: {error}"));
        let data = folder.path().join("data");
        fs::create_dir(&data).unwrap_or_else(|error| panic!("{}: {error}", data.display()));
        #[cfg(unix)]
        if let Some((uid, gid)) = user {
            for path in [folder.path(), &data] {
                std::os::unix::fs::chown(path, Some(uid), Some(gid))
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            }
        }
        let made = command(&programs.join("initdb"), user)
            .args([
                "--auth=trust",
                "--username=mobproc",
                "--no-sync",
                "--encoding=UTF8",
                "-D",
            ])
            .arg(&data)
            .output()
            .unwrap_or_else(|error| panic!("initdb: {error}"));
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap_or_else(|error| panic!("a free port: {error}"))
            .port();
        let mut server = command(&programs.join("postgres"), user)
            .arg("-D")
            .arg(&data)
            .args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c"])
            .arg("unix_socket_directories=")
            // A machine that loses power is not what is tested.
            .args(["-c", "fsync=off", "-c", "full_page_writes=off"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("postgres: {error}"));
        let mut lines = server
            .stderr
            .take()
            .map(|stderr| BufReader::new(stderr).lines())
            .into_iter()
            .flatten()
            .map_while(Result::ok);
        let said: Vec<String> = {
            let mut said = Vec::new();
            for line in lines.by_ref() {
                let is_ready = line.contains("ready to accept connections");
                said.push(line);
                if is_ready {
                    break;
                }
            }
            said
        };
        let is_ready = said
            .last()
            .is_some_and(|line| line.contains("ready to accept connections"));
        let running = Self {
            running: Some((server, folder)),
            url: format!("postgres://mobproc@127.0.0.1:{port}/postgres"),
        };
        assert!(is_ready, "postgres: {said:#?}");
        // Its log is read until it ends, or it would wait for somebody to read it.
        std::thread::spawn(move || lines.for_each(drop));
        Some(running)
    }

    /// Runs a statement.
    ///
    /// # Panics
    ///
    /// If it cannot: then the test has failed.
    pub fn execute(&self, sql: &str) {
        let psql = programs()
            .map(|folder| folder.join("psql"))
            .filter(|psql| psql.is_file());
        let ran = Command::new(psql.unwrap_or_else(|| PathBuf::from("psql")))
            .args([
                "--no-psqlrc",
                "--quiet",
                "-v",
                "ON_ERROR_STOP=1",
                "-c",
                sql,
                &self.url,
            ])
            .output()
            .unwrap_or_else(|error| panic!("psql: {error}"));
        assert!(
            ran.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
    }

    /// Where it is, as a user with all rights and without a password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let Some((server, _)) = &mut self.running else {
            return;
        };
        // At once, and cleanly.
        let stopped = Command::new("kill")
            .args(["-INT", &server.id().to_string()])
            .status();
        if stopped.is_err() {
            let _ = server.kill();
        }
        let _ = server.wait();
    }
}
