//! A tenant of any size: invented people with their lines and devices, the same ones for the same
//! seed.

use chrono::{DateTime, Duration, Utc};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::clock::stamp;
use crate::seed::{Contract, DeviceAsset, Employee, Seed, ServiceAsset, ServiceStatus};

const FIRST_NAMES: [&str; 24] = [
    "Ada", "Bilal", "Chiara", "Dmitri", "Esther", "Farid", "Greta", "Hugo", "Ines", "Jamal", "Keiko", "Lars",
    "Mina", "Nils", "Olga", "Pablo", "Qadira", "Rosa", "Sven", "Tariq", "Uma", "Viktor", "Wanda", "Yusuf",
];
const LAST_NAMES: [&str; 24] = [
    "Abara", "Brandt", "Castro", "Dufour", "Eklund", "Fontana", "Grau", "Haddad", "Ivanova", "Jansen",
    "Kato", "Lindgren", "Moreau", "Novak", "Osei", "Petrov", "Quist", "Rossi", "Santos", "Tamura", "Urban",
    "Vogel", "Weiss", "Zeman",
];
/// Kinds of generated things.
pub(crate) const EMPLOYEE: usize = 1;
pub(crate) const SERVICE: usize = 2;
pub(crate) const DEVICE: usize = 3;

/// Where the ids of a kind of generated things begin: far from the data set's.
pub(crate) fn first_id(kind: usize) -> usize {
    500_000_000 * kind
}

/// The number of a generated device, if the id can be one's.
pub(crate) fn number_of_device(id: &str) -> Option<usize> {
    id.parse::<usize>().ok()?.checked_sub(first_id(DEVICE))
}

/// What was drawn for one person: places in lists.
#[derive(Debug, Clone, Copy)]
struct Draw {
    first: u8,
    last: u8,
    department: u16,
    carrier: u16,
    model: u16,
    since: u16,
}

/// Invented people, each of whom is made when somebody looks.
pub(crate) struct Population {
    choices: Choices,
    draws: Vec<Draw>,
    begin: DateTime<Utc>,
}

/// What generated people can have: what the tenant has, in its order.
struct Choices {
    departments: Vec<String>,
    /// Vendor, plan, access method, region.
    carriers: Vec<(String, String, String, String)>,
    /// Manufacturer, model.
    models: Vec<(String, String)>,
}

impl Choices {
    fn of(seed: &Seed) -> Self {
        let vendor_of = |vendor_id: &str| {
            let mut vendors = seed.vendors.iter();
            vendors.find(|vendor| vendor.id == vendor_id)
        };
        Self {
            departments: seed
                .departments
                .iter()
                .map(|department| department.id.clone())
                .collect(),
            carriers: seed
                .plans
                .iter()
                .filter_map(|plan| {
                    let vendor = vendor_of(&plan.vendor_id)?;
                    Some((
                        vendor.id.clone(),
                        plan.id.clone(),
                        vendor.access_method.clone(),
                        vendor.region_id.clone(),
                    ))
                })
                .collect(),
            models: seed
                .models
                .iter()
                .map(|model| (model.manufacturer_id.clone(), model.id.clone()))
                .collect(),
        }
    }
}

/// Whether a tenant has what generated people need: departments, plans and models.
pub(crate) fn is_possible(seed: &Seed) -> bool {
    !(seed.departments.is_empty() || seed.plans.is_empty() || seed.models.is_empty())
}

impl Population {
    /// Draws this many people for a tenant that has what they need; the same ones for the same
    /// seed.
    pub(crate) fn new(tenant: &Seed, employees: usize, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let choices = Choices::of(tenant);
        let [departments, carriers, models] = [
            choices.departments.len(),
            choices.carriers.len(),
            choices.models.len(),
        ]
        .map(|many| u16::try_from(many).unwrap_or(u16::MAX).max(1));
        let draws = (0..employees)
            .map(|_| Draw {
                first: random.random_range(0..24),
                last: random.random_range(0..24),
                department: random.random_range(0..departments),
                carrier: random.random_range(0..carriers),
                model: random.random_range(0..models),
                since: random.random_range(30..1000),
            })
            .collect();
        Self {
            choices,
            draws,
            begin: DateTime::<Utc>::UNIX_EPOCH + Duration::days(21_915),
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.draws.len()
    }

    fn draw(&self, number: usize) -> Draw {
        // Asked for numbers below the count only; another would be the first one's double.
        self.draws.get(number).copied().unwrap_or(Draw {
            first: 0,
            last: 0,
            department: 0,
            carrier: 0,
            model: 0,
            since: 30,
        })
    }

    fn updated(&self, number: usize) -> String {
        stamp(self.begin + Duration::seconds(i64::try_from(number).unwrap_or(0)))
    }

    pub(crate) fn employee(&self, number: usize) -> Employee {
        let draw = self.draw(number);
        let name =
            |list: &[&'static str; 24], place: u8| list.get(usize::from(place)).copied().unwrap_or_default();
        let (first, last) = (name(&FIRST_NAMES, draw.first), name(&LAST_NAMES, draw.last));
        let company_id = format!("{}.{}.{number}", first.to_lowercase(), last.to_lowercase());
        let department = self.choices.departments.get(usize::from(draw.department));
        Employee {
            email: format!("{company_id}@larkspur.example"),
            id: id(EMPLOYEE, number),
            company_employee_id: company_id,
            first_name: first.to_owned(),
            last_name: last.to_owned(),
            office_phone: format!("202-555-01{:02}", number % 100),
            department_id: department.cloned().unwrap_or_default(),
            updated: self.updated(number),
            approver: false,
            service_account: false,
        }
    }

    pub(crate) fn service(&self, number: usize) -> ServiceAsset {
        let draw = self.draw(number);
        let carrier = self.choices.carriers.get(usize::from(draw.carrier));
        let (vendor, plan, _, region) = carrier.cloned().unwrap_or_default();
        let since = self.begin - Duration::days(draw.since.into());
        ServiceAsset {
            id: id(SERVICE, number),
            // 555-0100 to 555-0199 are nobody's numbers.
            service_number: format!("20255501{:02}", number % 100),
            status: ServiceStatus::Active,
            employee_id: id(EMPLOYEE, number),
            vendor_id: vendor,
            plan_id: plan,
            device_asset_id: id(DEVICE, number),
            region_id: region,
            contract: Contract {
                activated: stamp(since),
                start: stamp(since),
                end: stamp(since + Duration::days(730)),
                last_device_upgrade: stamp(since),
            },
            upgrade_eligible_date: stamp(since + Duration::days(640)),
            updated: self.updated(number),
        }
    }

    pub(crate) fn device(&self, number: usize) -> DeviceAsset {
        let draw = self.draw(number);
        let carrier = self.choices.carriers.get(usize::from(draw.carrier));
        let model = self.choices.models.get(usize::from(draw.model));
        let (manufacturer, model) = model.cloned().unwrap_or_default();
        DeviceAsset {
            id: id(DEVICE, number),
            access_method: carrier.map(|carrier| carrier.2.clone()).unwrap_or_default(),
            company_asset_id: format!("LF-{number:07}"),
            mac_address: "02:00:00:00:00:00".to_owned(),
            manufacturer_id: manufacturer,
            model_id: model,
            serial_type: "IMEI".to_owned(),
            serial_number: format!("{number:015}"),
            sim_id: format!("89{number:017}"),
            updated: self.updated(number),
        }
    }
}

fn id(kind: usize, number: usize) -> String {
    (first_id(kind) + number).to_string()
}
