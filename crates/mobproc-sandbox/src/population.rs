//! A tenant of any size: invented people with their lines and devices, the same ones for the same
//! seed.

use chrono::{DateTime, Duration, Utc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use crate::seed::{Contract, DeviceAsset, Employee, Seed, ServiceAsset, ServiceStatus};
use crate::tenant::{Tenant, stamp};

const FIRST_NAMES: [&str; 24] = [
    "Ada", "Bilal", "Chiara", "Dmitri", "Esther", "Farid", "Greta", "Hugo", "Ines", "Jamal", "Keiko", "Lars",
    "Mina", "Nils", "Olga", "Pablo", "Qadira", "Rosa", "Sven", "Tariq", "Uma", "Viktor", "Wanda", "Yusuf",
];
const LAST_NAMES: [&str; 24] = [
    "Abara", "Brandt", "Castro", "Dufour", "Eklund", "Fontana", "Grau", "Haddad", "Ivanova", "Jansen",
    "Kato", "Lindgren", "Moreau", "Novak", "Osei", "Petrov", "Quist", "Rossi", "Santos", "Tamura", "Urban",
    "Vogel", "Weiss", "Zeman",
];
/// Ids of generated things begin here, far from the data set's.
const FIRST_ID: usize = 500_000_000;

/// What generated people can have: what the tenant has, in its order.
struct Choices {
    departments: Vec<String>,
    /// Vendor, plan, access method, region.
    carriers: Vec<(String, String, String, String)>,
    /// Manufacturer, model.
    models: Vec<(String, String)>,
}

impl Choices {
    fn of(tenant: &Tenant) -> Self {
        let plans = tenant.plans.all().iter();
        let models = tenant.models.iter();
        Self {
            departments: tenant
                .departments
                .all()
                .iter()
                .map(|department| department.id.clone())
                .collect(),
            carriers: plans
                .filter_map(|plan| {
                    let vendor = tenant.vendors.by_id(&plan.vendor_id)?;
                    Some((
                        vendor.id.clone(),
                        plan.id.clone(),
                        vendor.access_method.clone(),
                        vendor.region_id.clone(),
                    ))
                })
                .collect(),
            models: models
                .map(|model| (model.manufacturer_id.clone(), model.id.clone()))
                .collect(),
        }
    }
}

/// Whether a tenant has what generated people need: departments, plans and models.
pub(crate) fn is_possible(seed: &Seed) -> bool {
    !(seed.departments.is_empty() || seed.plans.is_empty() || seed.models.is_empty())
}

/// Adds this many employees, each with a line and a device, to a tenant that has what they need.
pub(crate) fn add(tenant: &mut Tenant, employees: usize, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let begin = DateTime::<Utc>::UNIX_EPOCH + Duration::days(21_915);
    let choices = Choices::of(tenant);
    tenant.reserve(employees);
    for number in 0..employees {
        let mut pick = |list: &[&'static str]| *list.choose(&mut random).unwrap_or(&"");
        let (first, last) = (pick(&FIRST_NAMES), pick(&LAST_NAMES));
        let (Some(department), Some(carrier), Some(model)) = (
            choices.departments.choose(&mut random),
            choices.carriers.choose(&mut random),
            choices.models.choose(&mut random),
        ) else {
            return;
        };
        let (vendor, plan, access, region) = carrier;
        let (manufacturer, model) = model;
        let since = begin - Duration::days(random.random_range(30..1000));
        let id = |kind: usize| (FIRST_ID * kind + number).to_string();
        let company_id = format!("{}.{}.{number}", first.to_lowercase(), last.to_lowercase());
        let updated = stamp(begin + Duration::seconds(i64::try_from(number).unwrap_or(0)));
        tenant.add_person(
            Employee {
                email: format!("{company_id}@larkspur.example"),
                id: id(1),
                company_employee_id: company_id,
                first_name: first.to_owned(),
                last_name: last.to_owned(),
                office_phone: format!("202-555-01{:02}", number % 100),
                department_id: department.clone(),
                updated: updated.clone(),
                approver: false,
                service_account: false,
            },
            ServiceAsset {
                id: id(2),
                // 555-0100 to 555-0199 are nobody's numbers.
                service_number: format!("20255501{:02}", number % 100),
                status: ServiceStatus::Active,
                employee_id: id(1),
                vendor_id: vendor.clone(),
                plan_id: plan.clone(),
                device_asset_id: id(3),
                region_id: region.clone(),
                contract: Contract {
                    activated: stamp(since),
                    start: stamp(since),
                    end: stamp(since + Duration::days(730)),
                    last_device_upgrade: stamp(since),
                },
                upgrade_eligible_date: stamp(since + Duration::days(640)),
                updated: updated.clone(),
            },
            DeviceAsset {
                id: id(3),
                access_method: access.clone(),
                company_asset_id: format!("LF-{number:07}"),
                mac_address: "02:00:00:00:00:00".to_owned(),
                manufacturer_id: manufacturer.clone(),
                model_id: model.clone(),
                serial_type: "IMEI".to_owned(),
                serial_number: format!("{number:015}"),
                sim_id: format!("89{number:017}"),
                updated,
            },
        );
    }
}
