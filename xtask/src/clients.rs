//! `cargo xtask thorough clients`: clients that the generators of others make of the document,
//! compiled under strict settings; each prices an order, places it, lists orders and meets an
//! error.
//!
//! The programs and the settings of the generators stand in `openapi/clients`, as documentation.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::absence::Absence;
use crate::sandbox::{self, Sandbox};
use crate::say;
use crate::tool::{from_npm, from_pypi, output};

/// Generators and checkers, exactly: a newer one may make something else of the document.
const FROM_PYPI: [&str; 5] = [
    "openapi-generator-cli==7.26.0",
    "openapi-python-client==0.29.1",
    "mypy==2.4.1",
    "ruff==0.17.6",
    "types-python-dateutil==2.9.0.20261116",
];
const FROM_NPM: [&str; 4] = [
    "openapi-typescript@7.13.0",
    "openapi-fetch@0.17.0",
    "typescript@5.9.3",
    "@types/node@26.6.6",
];
/// Libraries of Debian's that what is generated for Java and for Go needs. All others of Java's are
/// in the generator's own archive.
const JAKARTA: &str = "/usr/share/java/jakarta-annotation-api.jar";
const MIME: &str = "/usr/share/java/httpmime.jar";
const GO_LIBRARIES: &str = "/usr/share/gocode";
const GO_OAUTH: &str = "/usr/share/gocode/src/golang.org/x/oauth2";

/// What every program does, in this order.
const CALLS: [(&str, &str); 5] = [
    ("token_create", ""),
    ("order_create", "true"),
    ("order_create", "false"),
    ("order_list", ""),
    ("order_get", ""),
];
/// What the order costs.
const PRICES: [&str; 2] = ["199.99", "558.67"];

struct Client {
    name: &'static str,
    /// Programs or files, with Debian's package.
    needs: &'static [(&'static str, &'static str)],
    /// Generates and compiles it. Returns what runs the program.
    make: fn(&Workshop) -> Result<Command, String>,
}

const CLIENTS: [Client; 6] = [
    Client {
        name: "Python, OpenAPI Generator",
        needs: &[("java", "default-jdk-headless")],
        make: python_of_openapi_generator,
    },
    Client {
        name: "Python, openapi-python-client",
        needs: &[],
        make: python_of_openapi_python_client,
    },
    Client {
        name: "TypeScript, openapi-typescript and openapi-fetch",
        needs: &[("node", "nodejs"), ("npm", "npm")],
        make: typescript_of_openapi_fetch,
    },
    Client {
        name: "TypeScript, OpenAPI Generator",
        needs: &[
            ("java", "default-jdk-headless"),
            ("node", "nodejs"),
            ("npm", "npm"),
        ],
        make: typescript_of_openapi_generator,
    },
    Client {
        name: "Java, OpenAPI Generator",
        needs: &[
            ("java", "default-jdk-headless"),
            ("javac", "default-jdk-headless"),
            (JAKARTA, "libjakarta-annotation-api-java"),
            (MIME, "libhttpmime-java"),
        ],
        make: java,
    },
    Client {
        name: "Go, OpenAPI Generator",
        needs: &[
            ("java", "default-jdk-headless"),
            ("go", "golang-go"),
            (GO_OAUTH, "golang-golang-x-oauth2-dev"),
        ],
        make: go,
    },
];

pub(crate) fn run(root: &Path, absence: &Absence) -> Result<(), String> {
    if !is_there("python3") {
        return absence.of("clients in other languages: needs python3 with venv (python3-venv)");
    }
    sandbox::build(root)?;
    let workshop = Workshop::new(root)?;
    let mut passed = 0;
    for client in &CLIENTS {
        let missing: Vec<&str> = client
            .needs
            .iter()
            .filter(|(what, _)| !is_there(what))
            .map(|(_, package)| *package)
            .collect();
        if !missing.is_empty() {
            absence.of(&format!("{}: needs {}", client.name, missing.join(", ")))?;
            continue;
        }
        try_out(&workshop, client).map_err(|error| format!("{}: {error}", client.name))?;
        say(&format!("{}: passed", client.name));
        passed += 1;
    }
    say(&format!("{passed} of {} clients passed", CLIENTS.len()));
    Ok(())
}

/// Whether a file, or a program on the path, is there.
fn is_there(what: &str) -> bool {
    if what.starts_with('/') {
        return Path::new(what).exists();
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&folders).any(|folder| folder.join(what).is_file())
}

/// Makes the client, runs its program against a sandbox of its own, and holds what it says and what
/// arrived against what it should do.
fn try_out(workshop: &Workshop, client: &Client) -> Result<(), String> {
    let mut program = (client.make)(workshop)?;
    let sandbox = Sandbox::start()?;
    program
        .current_dir(&workshop.root)
        .envs(sandbox.variables().map(|(name, value)| (name, value.to_owned())));
    let said = output(&mut program)?;
    let is_said = |start: &str| said.lines().any(|line| line.starts_with(start));
    let told = PRICES.iter().all(|price| said.contains(price))
        && ["price ", "placed 88", "listed ", "error "]
            .into_iter()
            .all(is_said);
    let arrived = calls(&sandbox)?;
    if told && arrived == CALLS.map(|(operation, confirm)| (operation.to_owned(), confirm.to_owned())) {
        Ok(())
    } else {
        Err(format!(
            "its program did not do what it should; the sandbox got {arrived:?}, and it said\n{said}"
        ))
    }
}

/// What the sandbox was asked: operations, with what was said of confirming.
fn calls(sandbox: &Sandbox) -> Result<Vec<(String, String)>, String> {
    let record = sandbox
        .get("/sandbox/requests")
        .map_err(|error| format!("the sandbox's record: {error}"))?;
    let record: Value = serde_json::from_slice(&record)
        .map_err(|error| format!("the sandbox's record is not JSON: {error}"))?;
    let requests = record.get("requests").and_then(Value::as_array);
    Ok(requests
        .into_iter()
        .flatten()
        .map(|request| {
            let operation = request.get("operation").and_then(Value::as_str);
            let query = request.get("query").and_then(Value::as_array);
            let confirm = query
                .into_iter()
                .flatten()
                .find_map(|pair| (pair.get(0)?.as_str()? == "confirm").then(|| pair.get(1)?.as_str())?);
            (
                operation.unwrap_or("nothing that is known").to_owned(),
                confirm.unwrap_or_default().to_owned(),
            )
        })
        .collect())
}

/// Where clients are made.
struct Workshop {
    root: PathBuf,
    /// Below `target/`.
    home: PathBuf,
}

impl Workshop {
    /// Installs generators and checkers. What was made before is thrown away.
    fn new(root: &Path) -> Result<Self, String> {
        let workshop = Self {
            root: root.to_owned(),
            home: root.join("target/clients"),
        };
        let made = workshop.home.join("made");
        if made.exists() {
            fs::remove_dir_all(&made).map_err(|error| format!("{}: {error}", made.display()))?;
        }
        fs::create_dir_all(&made).map_err(|error| format!("{}: {error}", made.display()))?;
        from_pypi(&workshop.home, &FROM_PYPI)?;
        if is_there("npm") {
            from_npm(&workshop.home, &FROM_NPM)?;
        }
        Ok(workshop)
    }

    /// A program of the virtual environment.
    fn python(&self, program: &str) -> PathBuf {
        self.home.join("venv/bin").join(program)
    }

    /// A program of an npm package.
    fn node(&self, program: &str) -> PathBuf {
        self.home.join("node_modules/.bin").join(program)
    }

    /// A folder for what is generated.
    fn made(&self, name: &str) -> PathBuf {
        self.home.join("made").join(name)
    }

    /// What stands in `openapi/clients`.
    fn given(&self, name: &str) -> PathBuf {
        self.root.join("openapi/clients").join(name)
    }

    fn document(&self) -> PathBuf {
        self.root.join("openapi/mobproc.json")
    }

    /// Installs what was generated.
    fn install(&self, client: &Path) -> Result<(), String> {
        let mut pip = Command::new(self.python("pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check"]);
        output(pip.arg(client)).map(drop)
    }

    /// Runs OpenAPI Generator with settings of `openapi/clients`.
    fn generate(&self, settings: &str, to: &Path) -> Result<(), String> {
        let mut generator = Command::new(self.python("openapi-generator-cli"));
        generator.arg("generate").arg("-i").arg(self.document());
        output(generator.arg("-c").arg(self.given(settings)).arg("-o").arg(to)).map(drop)
    }

    /// The generator's archive, which has most libraries that Java needs.
    fn archive(&self) -> Result<PathBuf, String> {
        let find = "import openapi_generator_cli, pathlib; \
                    print(next(pathlib.Path(openapi_generator_cli.__file__).parent.glob('*.jar')))";
        let path = output(Command::new(self.python("python")).args(["-c", find]))?;
        Ok(PathBuf::from(path.trim()))
    }

    /// Checks a program of Python's with the strictest settings of mypy.
    fn checked_python(&self, program: &str) -> Result<Command, String> {
        let program = self.given(program);
        let mut check = Command::new(self.python("mypy"));
        check
            .args(["--strict", "--no-incremental", "--python-executable"])
            .arg(self.python("python"));
        output(check.arg(&program))?;
        let mut python = Command::new(self.python("python"));
        python.arg(program);
        Ok(python)
    }

    /// Compiles a program of TypeScript's that stands in a folder with what was generated for it.
    fn compiled_typescript(&self, folder: &Path, program: &str) -> Result<Command, String> {
        copy(
            &self.given("typescript").join(format!("{program}.ts")),
            &folder.join(format!("{program}.ts")),
        )?;
        let package = folder.join("package.json");
        fs::write(&package, "{\"type\": \"module\"}\n")
            .map_err(|error| format!("{}: {error}", package.display()))?;
        let mut compiler = Command::new(self.node("tsc"));
        compiler.current_dir(folder).args([
            "--strict", "--target", "es2022", "--module", "nodenext", "--types", "node", "--outDir",
            "compiled",
        ]);
        output(compiler.arg(format!("{program}.ts")))?;
        let mut node = Command::new("node");
        node.arg(folder.join("compiled").join(format!("{program}.js")));
        Ok(node)
    }
}

fn python_of_openapi_generator(workshop: &Workshop) -> Result<Command, String> {
    let client = workshop.made("python");
    workshop.generate("python/openapi-generator.yaml", &client)?;
    // What is generated comes with settings of its own for the checker; they are as strict as it
    // bears.
    let mut check = Command::new(workshop.python("mypy"));
    workshop.install(&client)?;
    output(check.current_dir(&client).arg("mobproc_client"))?;
    workshop.checked_python("python/with_openapi_generator.py")
}

fn python_of_openapi_python_client(workshop: &Workshop) -> Result<Command, String> {
    let client = workshop.made("python-client");
    // It formats what it makes with another program, which it looks for on the path.
    let folders = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(
        [workshop.home.join("venv/bin")]
            .into_iter()
            .chain(env::split_paths(&folders)),
    )
    .map_err(|error| format!("the path: {error}"))?;
    let mut generator = Command::new(workshop.python("openapi-python-client"));
    generator
        .env("PATH", path)
        .args(["generate", "--fail-on-warning", "--path"]);
    generator
        .arg(workshop.document())
        .arg("--output-path")
        .arg(&client);
    output(
        generator
            .arg("--config")
            .arg(workshop.given("python/openapi-python-client.yaml")),
    )?;
    workshop.install(&client)?;
    output(
        Command::new(workshop.python("mypy"))
            .current_dir(&client)
            .args(["--strict", "mobproc_calls"]),
    )?;
    workshop.checked_python("python/with_openapi_python_client.py")
}

fn typescript_of_openapi_fetch(workshop: &Workshop) -> Result<Command, String> {
    let folder = workshop.made("openapi-fetch");
    let mut generator = Command::new(workshop.node("openapi-typescript"));
    output(
        generator
            .arg(workshop.document())
            .arg("-o")
            .arg(folder.join("mobproc.d.ts")),
    )?;
    workshop.compiled_typescript(&folder, "with_openapi_fetch")
}

fn typescript_of_openapi_generator(workshop: &Workshop) -> Result<Command, String> {
    let folder = workshop.made("typescript-fetch");
    workshop.generate("typescript/openapi-generator.yaml", &folder.join("client"))?;
    workshop.compiled_typescript(&folder, "with_openapi_generator")
}

fn java(workshop: &Workshop) -> Result<Command, String> {
    let client = workshop.made("java");
    workshop.generate("java/openapi-generator.yaml", &client)?;
    let classes = client.join("classes");
    let libraries = [classes.clone(), workshop.archive()?, JAKARTA.into(), MIME.into()];
    let path = env::join_paths(&libraries).map_err(|error| format!("the class path: {error}"))?;
    let mut compiler = Command::new("javac");
    // Left out: what the generated code itself does (serialVersionUID, a deprecated call of
    // Jackson's), and libraries that name others which are not installed.
    compiler.args([
        "-Werror",
        "-Xlint:all,-serial,-deprecation,-path",
        "-proc:none",
        "-d",
    ]);
    compiler.arg(&classes).arg("-cp").arg(&path);
    compiler.arg("-sourcepath").arg(client.join("src/main/java"));
    output(compiler.arg(workshop.given("java/Upgrade.java")))?;
    let mut program = Command::new("java");
    program.arg("-cp").arg(path).arg("Upgrade");
    Ok(program)
}

fn go(workshop: &Workshop) -> Result<Command, String> {
    let home = workshop.made("go");
    workshop.generate("go/openapi-generator.yaml", &home.join("src/mobproc"))?;
    copy(&workshop.given("go/main.go"), &home.join("src/upgrade/main.go"))?;
    let path =
        env::join_paths([&home, Path::new(GO_LIBRARIES)]).map_err(|error| format!("Go's path: {error}"))?;
    let program = home.join("upgrade");
    let go = |arguments: &[&OsStr]| {
        // As Debian's libraries are found: by path, not by module.
        let mut go = Command::new("go");
        go.env("GO111MODULE", "off")
            .env("GOPATH", &path)
            .env("GOCACHE", workshop.home.join("go-cache"));
        output(go.args(arguments))
    };
    go(&["vet".as_ref(), "mobproc".as_ref(), "upgrade".as_ref()])?;
    go(&[
        "build".as_ref(),
        "-o".as_ref(),
        program.as_ref(),
        "upgrade".as_ref(),
    ])?;
    Ok(Command::new(program))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder)
        .and_then(|()| fs::copy(from, to))
        .map(drop)
        .map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}
