//! What each kind of order is made of.

use mobproc_api::types::TransactionType;

/// What a kind of order is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Profile {
    /// It is about a service.
    pub(super) service: bool,
    /// It says where it is used: region and, in the United States, postal code.
    pub(super) place: bool,
    pub(super) cart: Cart,
    pub(super) existing_device: bool,
    pub(super) new_device: bool,
    /// Transfers in say who the present carrier is, and accept acknowledgements.
    pub(super) transfer_in: bool,
    /// What its order shows of shipping.
    pub(super) shipping: Shipping,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cart {
    None,
    /// Device, plan, features, accessories: at least one of them.
    Goods,
    Accessories,
    Features,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shipping {
    Full,
    Empty,
    Absent,
}

impl Profile {
    pub(super) fn of(kind: &TransactionType) -> Option<Self> {
        let care = Self {
            service: true,
            place: false,
            cart: Cart::None,
            existing_device: false,
            new_device: false,
            transfer_in: false,
            shipping: Shipping::Empty,
        };
        let buy = Self {
            cart: Cart::Goods,
            shipping: Shipping::Full,
            ..care
        };
        Some(match kind {
            TransactionType::NewActivation => Self {
                service: false,
                place: true,
                ..buy
            },
            TransactionType::Upgrade => Self {
                existing_device: true,
                ..buy
            },
            TransactionType::PortNumber => Self { place: true, ..buy },
            TransactionType::OrderAccessories => Self {
                cart: Cart::Accessories,
                ..buy
            },
            TransactionType::Suspend | TransactionType::Unsuspend => care,
            TransactionType::UpdateFeatures => Self {
                cart: Cart::Features,
                ..care
            },
            TransactionType::SwapDevices => Self {
                existing_device: true,
                new_device: true,
                ..care
            },
            TransactionType::Deactivate | TransactionType::XferServiceOut => Self {
                shipping: Shipping::Absent,
                ..care
            },
            TransactionType::XferServiceIn | TransactionType::XferServiceInAndPort => Self {
                service: false,
                place: true,
                transfer_in: true,
                ..buy
            },
            _ => return None,
        })
    }
}
