//! A tenant's state on disk, for programs that end between one call and the next: orders, and what
//! they have made of lines and devices.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::crowd::KeptCrowd;
use crate::orders::KeptOrders;
use crate::seed::{DeviceAsset, ServiceAsset};
use crate::state::State;

/// Changes when the shape does.
const VERSION: u32 = 1;
/// Stands for the address of the sandbox, which is another each time.
const BASE: &str = "{base}";

/// Everything that is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    version: u32,
    orders: KeptOrders,
    services: KeptCrowd<ServiceAsset>,
    devices: KeptCrowd<DeviceAsset>,
    service_of_device: HashMap<String, Option<String>>,
    occurrences: u32,
}

impl Kept {
    fn of(state: &State, base: &str) -> Self {
        let tenant = &state.tenant;
        Self {
            version: VERSION,
            orders: tenant.orders.kept(|document| document.replace(base, BASE)),
            services: tenant.service_assets.kept(),
            devices: tenant.device_assets.kept(),
            service_of_device: tenant.service_of_device().clone(),
            occurrences: state.occurrences,
        }
    }

    fn restore(self, state: &mut State, base: &str) {
        let pace = state.settings.pace;
        let tenant = &mut state.tenant;
        tenant
            .orders
            .restore(self.orders, pace, |document| document.replace(BASE, base));
        tenant
            .service_assets
            .restore(self.services, |service| &service.id);
        tenant.device_assets.restore(self.devices, |device| &device.id);
        tenant.set_service_of_device(self.service_of_device);
        state.occurrences = self.occurrences;
    }
}

/// A file in which several programs keep the same state. Each holds a lock while it changes it.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    base: String,
    /// What was read or written last.
    seen: Mutex<Option<Version>>,
}

/// What tells one version of the file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    modified: SystemTime,
    length: u64,
    file: u64,
}

impl StateFile {
    pub(crate) fn new(path: PathBuf, base: String) -> Self {
        Self {
            path,
            base,
            seen: Mutex::default(),
        }
    }

    /// Lets something happen to the state as it is on the disk, and puts what became of it there
    /// before this returns. Others wait meanwhile.
    pub(crate) fn update<T>(
        &self,
        state: &mut State,
        change: impl FnOnce(&mut State) -> (T, bool),
    ) -> io::Result<T> {
        let _lock = self.lock()?;
        self.load(state)?;
        let (answer, has_changed) = change(state);
        if has_changed && let Err(error) = self.save(state) {
            // What nobody will find again did not happen.
            *self.seen() = None;
            self.load(state)?;
            return Err(error);
        }
        Ok(answer)
    }

    /// Reads the file, if there is one and somebody else has written it.
    pub(crate) fn load(&self, state: &mut State) -> io::Result<()> {
        let version = match version_of(&self.path) {
            Ok(version) => version,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(self.about(&error)),
        };
        if *self.seen() == Some(version) {
            return Ok(());
        }
        let text = fs::read_to_string(&self.path).map_err(|error| self.about(&error))?;
        let invalid = |what: String| {
            let path = self.path.display();
            io::Error::new(io::ErrorKind::InvalidData, format!("{path}: {what}"))
        };
        let kept: Kept = serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
        if kept.version != VERSION {
            return Err(invalid(format!(
                "it is of version {}; this sandbox reads {VERSION}",
                kept.version
            )));
        }
        if !kept.orders.are_documents_json() {
            return Err(invalid("an order in it is not JSON".to_owned()));
        }
        kept.restore(state, &self.base);
        *self.seen() = Some(version);
        Ok(())
    }

    fn save(&self, state: &State) -> io::Result<()> {
        let text = serde_json::to_vec(&Kept::of(state, &self.base)).map_err(io::Error::from)?;
        let write = || {
            // Under the lock nobody else writes it.
            let unseen = self.path.with_extension("new");
            let mut file =
                private(OpenOptions::new().write(true).create(true).truncate(true)).open(&unseen)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&unseen, &self.path)?;
            version_of(&self.path)
        };
        let version = write().map_err(|error| self.about(&error))?;
        *self.seen() = Some(version);
        Ok(())
    }

    fn lock(&self) -> io::Result<File> {
        let path = self.path.with_extension("lock");
        let file = private(OpenOptions::new().append(true).create(true))
            .open(&path)
            .map_err(|error| self.about(&error))?;
        file.lock().map_err(|error| self.about(&error))?;
        Ok(file)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Option<Version>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn about(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.path.display()))
    }
}

fn version_of(path: &Path) -> io::Result<Version> {
    let metadata = fs::metadata(path)?;
    #[cfg(unix)]
    let file = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let file = 0;
    Ok(Version {
        modified: metadata.modified()?,
        length: metadata.len(),
        file,
    })
}

/// For the user alone: it holds names and addresses.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}
