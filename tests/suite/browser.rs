//! A real browser, where there is one: Chromium without a window, driven over WebDriver.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use mobproc_tests::not_tested;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// Where Debian's packages `chromium` and `chromium-driver` put them.
const BROWSER: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";

/// How long to wait for what a page is to show.
const PATIENCE: Duration = Duration::from_secs(20);

/// A browser with an empty profile. Both processes end with it.
pub(crate) struct Browser {
    client: Client,
    driver: Child,
    _profile: TempDir,
}

impl Browser {
    /// None, and a line that says so, where there is no browser.
    pub(crate) async fn start(width: u32, height: u32) -> Option<Self> {
        if !Path::new(BROWSER).exists() || !Path::new(DRIVER).exists() {
            not_tested(
                "the pages: there is no browser here; Debian's packages are chromium and chromium-driver",
            );
            return None;
        }
        let mut driver = Command::new(DRIVER)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let port = BufReader::new(driver.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, port) = line.split_once("started successfully on port ")?;
                port.trim_end_matches('.').parse::<u16>().ok()
            })
            .unwrap();
        let profile = tempfile::tempdir().unwrap();
        let options = json!({
            "binary": BROWSER,
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
                "--disable-background-networking", "--disable-component-update",
                // Names that somebody has made to point to this machine.
                "--host-resolver-rules=MAP *.example 127.0.0.1",
                format!("--window-size={width},{height}"),
                format!("--user-data-dir={}", profile.path().display()),
            ],
        });
        let mut capabilities = Map::new();
        capabilities.insert("goog:chromeOptions".into(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Some(Self {
            client,
            driver,
            _profile: profile,
        })
    }

    pub(crate) async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Waits until the page shows something.
    pub(crate) async fn find(&self, xpath: &str) -> Element {
        let found = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::XPath(xpath))
            .await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("{xpath}: {error}\n{}", self.text().await),
        }
    }

    pub(crate) async fn click(&self, xpath: &str) {
        self.find(xpath).await.click().await.unwrap();
    }

    /// Types into an element, or presses a key on it.
    pub(crate) async fn press(&self, xpath: &str, keys: &str) {
        self.find(xpath).await.send_keys(keys).await.unwrap();
    }

    /// What a person sees.
    pub(crate) async fn text(&self) -> String {
        self.client
            .find(Locator::Css("body"))
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    }

    pub(crate) async fn title(&self) -> String {
        self.client.title().await.unwrap()
    }

    /// What a script on the page returns, which may take its time.
    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        let asynchronous = format!(
            "const done = arguments[arguments.length - 1];
            (async () => {{ {script} }})().then(done, error => done(`failed: ${{error}}`));"
        );
        self.client.execute_async(&asynchronous, arguments).await.unwrap()
    }

    /// How many pixels the page is wider than the window.
    pub(crate) async fn overhang(&self) -> i64 {
        let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        self.client
            .execute(script, Vec::<Value>::new())
            .await
            .unwrap()
            .as_i64()
            .unwrap()
    }

    /// The addresses of everything the page has loaded.
    pub(crate) async fn loaded(&self) -> Vec<String> {
        let script = "return performance.getEntriesByType('resource').map(entry => entry.name)";
        let names = self.client.execute(script, Vec::new()).await.unwrap();
        serde_json::from_value(names).unwrap()
    }

    /// A picture to look at, if `MOBPROC_SCREENSHOTS` names a folder.
    pub(crate) async fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("MOBPROC_SCREENSHOTS") {
            let picture = self.client.screenshot().await.unwrap();
            std::fs::write(Path::new(&folder).join(format!("{name}.png")), picture).unwrap();
        }
    }

    pub(crate) async fn stop(self) {
        self.client.clone().close().await.unwrap();
    }
}

/// The browser goes with its driver, also when a test fails.
impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
