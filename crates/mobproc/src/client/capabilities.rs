//! What was found out about a tenant, for a client to go by.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What was found out about a tenant, most often by `mobproc probe --tenant-file`: for
/// [`ClientBuilder::capabilities`](crate::ClientBuilder::capabilities).
///
/// As JSON, where everything may be absent:
///
/// ```
/// use mobproc::Capabilities;
///
/// let found: Capabilities = serde_json::from_str(
///     r#"{ "pageCap": 50, "offset": "exact", "backend": "rivermine", "missing": ["catalog_feature_list"],
///          "singularMovePath": true }"#,
/// )?;
/// assert_eq!(found.page_cap, Some(50));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Capabilities {
    /// The most items the server puts on a page. Lists ask for no more then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_cap: Option<u32>,
    /// What an offset in the middle of a page means: `exact`, or `page-of-index`. The client needs
    /// neither, because it only asks for whole pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<String>,
    /// What the backend calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<String>,
    /// Operations that the server does not have, by their ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Approve at `/orders/{id}/approve`, as
    /// [`old_approval_path`](crate::ClientBuilder::old_approval_path).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub old_approval_path: bool,
    /// Move services at `/assets/service/{id}/move`, as
    /// [`singular_move_path`](crate::ClientBuilder::singular_move_path).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub singular_move_path: bool,
}

impl Capabilities {
    /// Reads them from a JSON file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not such JSON, has a member that is not known, or says that a page
    /// has no items. The message names the file and the line.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let wrong = |what: String| Error::configuration(format!("{}: {what}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let found: Self = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if found.page_cap == Some(0) {
            return Err(wrong("pageCap must be at least 1".to_owned()));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::Capabilities;

    #[test]
    fn a_file_is_read_or_told_what_is_wrong_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tenant.json");
        for (text, wrong) in [
            (r#"{"pageCap":0}"#, "at least 1"),
            (r#"{"pages":3}"#, "unknown field `pages`"),
            ("{", "line 1"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = Capabilities::load(&path).unwrap_err().to_string();
            assert!(error.contains(wrong) && error.contains("tenant.json"), "{error}");
        }
        let found = Capabilities {
            page_cap: Some(50),
            singular_move_path: true,
            ..Capabilities::default()
        };
        std::fs::write(&path, serde_json::to_string(&found).unwrap()).unwrap();
        assert_eq!(Capabilities::load(&path).unwrap(), found);
        assert!(Capabilities::load(folder.path()).is_err());
    }
}
