//! A tenant of any size: invented people with their lines and devices, the same ones for the same
//! seed.

use chrono::{DateTime, Duration, Utc};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use crate::seed::{Contract, DeviceAsset, Employee, ServiceAsset, ServiceStatus};
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
const DEPARTMENTS: [&str; 4] = ["6001", "6002", "6003", "6004"];
/// Vendor, plan, access method.
const CARRIERS: [(&str, &str, &str); 3] = [
    ("3001", "4101", "GSM"),
    ("3001", "4102", "GSM"),
    ("3002", "4103", "CDMA"),
];
const MODELS: [(&str, &str); 3] = [
    ("Kestrel", "Kestrel K4 (64GB) - Gray"),
    ("Kestrel", "Kestrel K5 (128GB) - Black"),
    ("Ostrea Labs", "Ostrea One"),
];

/// Ids of generated things begin here, far from the data set's.
const FIRST_ID: usize = 500_000_000;

/// Adds this many employees, each with a line and a device.
pub(crate) fn add(tenant: &mut Tenant, employees: usize, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    let begin = DateTime::<Utc>::UNIX_EPOCH + Duration::days(21_915);
    tenant.reserve(employees);
    for number in 0..employees {
        let mut pick = |list: &[&'static str]| *list.choose(&mut random).unwrap_or(&"");
        let (first, last) = (pick(&FIRST_NAMES), pick(&LAST_NAMES));
        let department = pick(&DEPARTMENTS);
        let (vendor, plan, access) = *CARRIERS.choose(&mut random).unwrap_or(&CARRIERS[0]);
        let (manufacturer, model) = *MODELS.choose(&mut random).unwrap_or(&MODELS[0]);
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
                department_id: department.to_owned(),
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
                vendor_id: vendor.to_owned(),
                plan_id: plan.to_owned(),
                device_asset_id: id(3),
                region_id: "2001".to_owned(),
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
                access_method: access.to_owned(),
                company_asset_id: format!("LF-{number:07}"),
                mac_address: "02:00:00:00:00:00".to_owned(),
                manufacturer_id: manufacturer.to_owned(),
                model_id: model.to_owned(),
                serial_type: "IMEI".to_owned(),
                serial_number: format!("{number:015}"),
                sim_id: format!("89{number:017}"),
                updated,
            },
        );
    }
}
