//! Holds JSON of the API against the OpenAPI document and the generated types.
//!
//! For maintainers with recorded traffic: is it valid, does it have members the document does not
//! know, does it decode, and does decoding lose anything?
//!
//! ```
//! use mobproc_conform::{Checker, Subject};
//!
//! let checker = Checker::new();
//! let region = serde_json::json!({
//!     "regions": [{ "id": "2101", "name": "Connecticut", "motto": "-" }]
//! });
//! let report = checker.check(&region, &Subject::Recognise)?;
//! assert_eq!(report.schema, "RegionList");
//! assert_eq!(report.unknown_members, ["/regions/0/motto"]);
//! assert!(report.round_trips());
//! # Ok::<(), mobproc_conform::Unrecognised>(())
//! ```

mod check;
mod checker;
pub mod drift;
pub mod program;
mod propose;
mod recognise;
mod report;
mod schema;

pub use check::{Direction, Subject};
pub use checker::Checker;
pub use drift::{Difference, Drift, Finding, Side};
pub use propose::{Proposal, ProposeError, document_of};
pub use recognise::Unrecognised;
pub use report::{Extent, Report};
