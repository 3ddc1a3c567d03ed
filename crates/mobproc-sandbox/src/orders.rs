//! The orders that were placed, and what the passing of time makes of them.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::after;
use crate::seed::{DeviceAsset, ServiceAsset, ServiceStatus};
use crate::shelf::Shelf;

/// How long the steps of an order take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// From submitted to waiting for approval.
    pub(crate) approval_after: Duration,
    /// From each step to the next, where nobody has to approve. Without it, time does nothing.
    pub(crate) ship_after: Option<Duration>,
}

/// All orders, and when the next step of each is due.
#[derive(Debug, Clone)]
pub(crate) struct Orders {
    shelf: Shelf<PlacedOrder>,
    next_id: u64,
    /// Times and places of the steps that time brings, the next first. What a step costs does not
    /// depend on how many orders there are.
    due: BTreeSet<(DateTime<Utc>, usize)>,
}

/// Orders on disk.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptOrders {
    orders: Vec<PlacedOrder>,
    next_id: u64,
}

impl KeptOrders {
    /// Whether every document can be read.
    pub(crate) fn are_documents_json(&self) -> bool {
        let is_json =
            |order: &PlacedOrder| serde_json::from_str::<serde_json::Value>(&order.document).is_ok();
        self.orders.iter().all(is_json)
    }
}

/// An order that was placed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PlacedOrder {
    pub(crate) id: String,
    pub(crate) segment_id: String,
    pub(crate) stage: Stage,
    /// Somebody has to approve it, and nobody has yet.
    pub(crate) needs_approval: bool,
    pub(crate) employee_id: String,
    /// The order as the answer to placing it showed it, without status and times: as JSON text,
    /// which takes a tenth of the memory.
    pub(crate) document: Box<str>,
    pub(crate) submitted: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) events: Vec<Event>,
    pub(crate) effect: Effect,
    /// The effect has come true.
    pub(crate) is_effective: bool,
}

/// Something that happened to an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) at: DateTime<Utc>,
    pub(crate) what: Stage,
    pub(crate) by: Option<String>,
}

/// Where an order stands. Beyond the first two the names are the sandbox's own: none is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Stage {
    Submitted,
    AwaitingApproval,
    Rejected,
    Shipped,
    Completed,
}

impl Stage {
    /// Those whose names are the sandbox's own.
    pub(crate) const OWN: [Self; 3] = [Self::Rejected, Self::Shipped, Self::Completed];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "ORDER_SUBMITTED",
            Self::AwaitingApproval => "AWAITING_APPROVAL",
            Self::Rejected => "ORDER_REJECTED",
            Self::Shipped => "ORDER_SHIPPED",
            Self::Completed => "ORDER_COMPLETED",
        }
    }
}

/// What an order changes once nobody has to approve it any more.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Effect {
    pub(crate) service_id: Option<String>,
    pub(crate) service_status: Option<ServiceStatus>,
    pub(crate) device_name: Option<(String, String)>,
    pub(crate) plan_id: Option<String>,
    pub(crate) vendor_id: Option<String>,
    pub(crate) swap_to_device: Option<String>,
    pub(crate) ships: bool,
    /// A line that was not there before, with its device.
    pub(crate) new_line: Option<Box<(ServiceAsset, DeviceAsset)>>,
}

impl Orders {
    pub(crate) fn new(first_id: u64) -> Self {
        Self {
            shelf: Shelf::new(Vec::new(), |order: &PlacedOrder| &order.id),
            next_id: first_id,
            due: BTreeSet::new(),
        }
    }

    /// All orders, each document as the function makes it.
    pub(crate) fn kept(&self, document: impl Fn(&str) -> String) -> KeptOrders {
        let kept = |order: &PlacedOrder| PlacedOrder {
            document: document(&order.document).into(),
            ..order.clone()
        };
        KeptOrders {
            orders: self.all().iter().map(kept).collect(),
            next_id: self.next_id,
        }
    }

    /// Takes what was kept instead of what there is, each document as the function makes it.
    pub(crate) fn restore(&mut self, kept: KeptOrders, pace: Pace, document: impl Fn(&str) -> String) {
        let restored = |order: PlacedOrder| PlacedOrder {
            document: document(&order.document).into(),
            ..order
        };
        let orders = kept.orders.into_iter().map(restored).collect();
        self.shelf = Shelf::new(orders, |order: &PlacedOrder| &order.id);
        self.next_id = kept.next_id;
        self.set_pace(pace);
    }

    pub(crate) fn all(&self) -> &[PlacedOrder] {
        self.shelf.all()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&PlacedOrder> {
        self.shelf.by_id(id)
    }

    /// Order id and segment id for the next order.
    pub(crate) fn take_ids(&mut self) -> (String, String) {
        let id = self.next_id;
        self.next_id += 10;
        (id.to_string(), (id + 1).to_string())
    }

    pub(crate) fn place(&mut self, order: PlacedOrder, pace: Pace) {
        let id = order.id.clone();
        let due = order.due(pace);
        self.due.extend(due.map(|due| (due, self.shelf.all().len())));
        self.shelf.push(&id, order);
    }

    /// Works out anew when each step is due.
    pub(crate) fn set_pace(&mut self, pace: Pace) {
        let orders = self.shelf.all().iter().enumerate();
        self.due = orders
            .filter_map(|(place, order)| Some((order.due(pace)?, place)))
            .collect();
    }

    /// Lets time pass. Each step is made at the time it was due. Returns the ids of the orders that
    /// were completed, with the time.
    pub(crate) fn settle(&mut self, pace: Pace, now: DateTime<Utc>) -> Vec<(String, DateTime<Utc>)> {
        let mut completed = Vec::new();
        while let Some((due, place)) = self.due.first().copied()
            && due <= now
        {
            self.due.pop_first();
            if let Some(order) = self.shelf.by_place_mut(place)
                && order.finish_step(due)
            {
                self.due.extend(order.due(pace).map(|due| (due, place)));
                if order.stage == Stage::Completed {
                    completed.push((order.id.clone(), due));
                }
            }
        }
        completed
    }

    /// The effect of an order that has not come true yet; from now on it has.
    pub(crate) fn take_effect(&mut self, id: &str) -> Option<Effect> {
        let place = self.shelf.place_of(id)?;
        let order = self.shelf.by_place_mut(place)?;
        (!std::mem::replace(&mut order.is_effective, true)).then(|| order.effect.clone())
    }

    /// Moves an order one step on. Returns false if there is no such order or no further step.
    pub(crate) fn advance(&mut self, id: &str, pace: Pace, now: DateTime<Utc>) -> bool {
        self.change(id, pace, |order| order.finish_step(now))
            .unwrap_or(false)
    }

    /// Brings an order to a stage, as somebody decided.
    pub(crate) fn decide(&mut self, id: &str, stage: Stage, by: &str, pace: Pace, now: DateTime<Utc>) {
        self.change(id, pace, |order| {
            order.needs_approval = false;
            order.reach(stage, Some(by), now);
        });
    }

    fn change<T>(&mut self, id: &str, pace: Pace, change: impl FnOnce(&mut PlacedOrder) -> T) -> Option<T> {
        let place = self.shelf.place_of(id)?;
        let order = self.shelf.by_place_mut(place)?;
        let before = order.due(pace);
        let changed = change(order);
        let after = order.due(pace);
        if let Some(before) = before {
            self.due.remove(&(before, place));
        }
        self.due.extend(after.map(|due| (due, place)));
        Some(changed)
    }
}

impl PlacedOrder {
    fn reach(&mut self, stage: Stage, by: Option<&str>, at: DateTime<Utc>) {
        self.stage = stage;
        self.updated = at;
        self.events.push(Event {
            at,
            what: stage,
            by: by.map(str::to_owned),
        });
    }

    /// When time brings the next step.
    fn due(&self, pace: Pace) -> Option<DateTime<Utc>> {
        match self.stage {
            Stage::Submitted if self.needs_approval => Some(after(self.submitted, pace.approval_after)),
            Stage::Submitted | Stage::Shipped => Some(after(self.updated, pace.ship_after?)),
            Stage::AwaitingApproval | Stage::Rejected | Stage::Completed => None,
        }
    }

    /// Makes the next step: shipped where something ships, else done. Returns false if there is
    /// none.
    fn finish_step(&mut self, at: DateTime<Utc>) -> bool {
        let next = match self.stage {
            Stage::Submitted if self.needs_approval => Stage::AwaitingApproval,
            Stage::Submitted if self.effect.ships => Stage::Shipped,
            Stage::Submitted | Stage::Shipped => Stage::Completed,
            Stage::AwaitingApproval | Stage::Rejected | Stage::Completed => return false,
        };
        self.reach(next, None, at);
        true
    }
}
