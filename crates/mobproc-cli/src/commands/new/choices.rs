//! What can be chosen, in words.

use std::fmt;

use mobproc::types::{ChoiceOption, Employee, Price, ServiceAsset};
use mobproc_rollout::text::one_line;

use crate::output;

/// Something to choose.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) label: String,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

/// What is left out has no id.
pub(super) fn nothing(label: &str) -> Choice {
    Choice {
        id: String::new(),
        label: label.to_owned(),
    }
}

pub(super) fn not_empty(text: &str) -> Result<(), String> {
    if text.is_empty() {
        Err("something has to be said".to_owned())
    } else {
        Ok(())
    }
}

pub(super) fn line_choice(line: &ServiceAsset) -> Choice {
    let mut words: Vec<String> = Vec::new();
    words.extend(line.service_number.as_deref().map(one_line));
    if let Some(holder) = &line.employee {
        let names: Vec<&str> = [holder.first_name.as_deref(), holder.last_name.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        words.push(one_line(&names.join(" ")));
    }
    words.extend(
        line.plan
            .as_ref()
            .and_then(|plan| plan.name.as_deref())
            .map(one_line),
    );
    words.extend(
        line.status
            .as_ref()
            .map(|status| status.to_string().to_lowercase()),
    );
    words.retain(|word| !word.is_empty());
    Choice {
        label: format!("{} [{}]", words.join(", "), line.id),
        id: line.id.clone(),
    }
}

/// Something of the catalog.
pub(super) fn priced(id: &str, maker: Option<&str>, name: Option<&str>, price: Option<&Price>) -> Choice {
    let name = name.unwrap_or(id);
    let name = match maker {
        Some(maker) if !name.contains(maker) => format!("{maker} {name}"),
        _ => name.to_owned(),
    };
    Choice {
        label: format!("{} [{id}]", output::priced(&name, price)),
        id: id.to_owned(),
    }
}

pub(super) fn option_choice(option: &ChoiceOption) -> Choice {
    Choice {
        id: option.id.clone(),
        label: one_line(option.label.as_deref().unwrap_or(&option.id)),
    }
}

pub(super) fn employee_choice(employee: &Employee) -> Choice {
    let names = [employee.first_name.as_deref(), employee.last_name.as_deref()];
    let names: Vec<&str> = names.into_iter().flatten().collect();
    let company_id = employee.company_employee_id.as_deref().unwrap_or(&employee.id);
    Choice {
        id: employee.id.clone(),
        label: one_line(&format!("{} [{company_id}]", names.join(" "))),
    }
}
