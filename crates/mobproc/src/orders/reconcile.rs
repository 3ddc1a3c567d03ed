//! Finding out whether orders exist after their answers got lost.

use std::collections::{BTreeMap, HashSet};

use mobproc_api::types::{Collection, Order, OrderListItem, Timestamp};
use serde::Serialize;

use super::list::{ListOrders, list_orders};
use crate::client::Client;
use crate::error::Error;
use crate::transport::order_view::{NumberMatch, compare_plain, plain_number};

/// How many orders are asked for at once.
const PAGE: u32 = 100;
/// Pages after which looking further is no help.
const PAGES: u32 = 100;

/// What became of an order whose outcome was unknown. Made by
/// [`OpenOutcome::reconcile`](crate::OpenOutcome::reconcile) and
/// [`Orders::reconcile`](crate::Orders::reconcile).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[must_use = "it says whether the order exists"]
pub enum Reconciliation {
    /// It exists. More than one means that the number was used more than once.
    Found(Vec<Order>),
    /// It is not among the orders there are now, as far as the client's actor and hierarchy are
    /// shown them. Said only of a look that could have seen it. It may still appear if the server
    /// is slow, or the request still on its way: look again before sending it again.
    NotSeen {
        /// How many orders were looked at.
        looked_at: usize,
    },
    /// The list does not tell: it is empty, too long, does not end, or does not show numbers as
    /// they were sent.
    CannotTell {
        /// Why.
        reason: &'static str,
    },
}

impl Reconciliation {
    /// Whether it exists.
    #[must_use]
    pub fn is_found(&self) -> bool {
        matches!(self, Self::Found(_))
    }
}

/// Looks for one order.
pub(super) async fn look_for_one(
    client: &Client,
    number: &str,
    since: Option<&Timestamp>,
) -> Result<Reconciliation, Error> {
    let mut answers = look(client, &[number], since).await?;
    // There is one answer for each number.
    Ok(answers.pop().unwrap_or(Reconciliation::CannotTell {
        reason: "nothing was looked for",
    }))
}

/// Looks for many orders in one walk through the list.
pub(super) async fn look(
    client: &Client,
    numbers: &[&str],
    since: Option<&Timestamp>,
) -> Result<Vec<Reconciliation>, Error> {
    let page = async |size, offset| {
        let mut list: ListOrders = list_orders(client).page(size, offset);
        if let Some(since) = since {
            list = list.updated_since(since.clone());
        }
        list.send().await
    };
    look_in(page, numbers, || client.do_numbers_come_back_changed()).await
}

/// Looks in a list that is given page by page, by size and offset.
async fn look_in(
    page: impl AsyncFn(u32, u32) -> Result<Collection<OrderListItem>, Error>,
    numbers: &[&str],
    do_numbers_come_back_changed: impl Fn() -> bool,
) -> Result<Vec<Reconciliation>, Error> {
    if numbers.iter().any(|number| number.trim().is_empty()) {
        return Err(Error::invalid_argument(
            "no order can be found without its external order number",
        ));
    }
    let mut looked = walk(&page, numbers, PAGE).await?;
    if let Some(size) = looked.cap {
        // The server gives fewer than it is asked for: walk again in steps that it takes.
        let again = walk(&page, numbers, size).await?;
        looked = looked.followed_by(again);
    }
    let reason = if looked.trouble.is_none() && do_numbers_come_back_changed() {
        Some("this server has shown an external order number otherwise than it was sent")
    } else {
        looked.why_absence_proves_nothing()
    };
    let looked_at = looked.ids.len();
    Ok(looked
        .wanted
        .into_iter()
        .map(
            |wanted| match (wanted.found.is_empty(), wanted.may_be_cut, reason) {
                (false, ..) => Reconciliation::Found(wanted.found),
                (true, true, _) => Reconciliation::CannotTell {
                    reason: "the list shows a number that is the beginning of this one",
                },
                (true, false, Some(reason)) => Reconciliation::CannotTell { reason },
                (true, false, None) => Reconciliation::NotSeen { looked_at },
            },
        )
        .collect())
}

/// What one walk through the list came upon.
struct Looked {
    wanted: Vec<Wanted>,
    /// Where in `wanted` a plain number stands.
    by_number: BTreeMap<String, Vec<usize>>,
    ids: HashSet<String>,
    without_number: usize,
    total: Option<i64>,
    /// The length of a page that was not full though more followed.
    cap: Option<u32>,
    trouble: Option<&'static str>,
}

/// One number that is looked for.
#[derive(Default)]
struct Wanted {
    found: Vec<Order>,
    may_be_cut: bool,
}

impl Looked {
    /// Whether an order was looked at before. Without an id it cannot be told from another.
    fn is_new(&mut self, order: &Order) -> bool {
        match &order.order_id {
            Some(id) => self.ids.insert(id.clone()),
            None => true,
        }
    }

    fn look_at(&mut self, order: &Order) {
        let shown = order
            .external_order_number
            .as_deref()
            .map(str::trim)
            .unwrap_or_default();
        if shown.is_empty() {
            self.without_number += 1;
            return;
        }
        let shown = plain_number(shown);
        // Those that begin with what is shown stand together, the same one first.
        let alike = self.by_number.range(shown.clone()..);
        for (number, places) in alike.take_while(|(number, _)| number.starts_with(&shown)) {
            let matches = compare_plain(number, &shown);
            // Whoever asks for a number twice is told twice.
            for wanted in places.iter().copied() {
                match (self.wanted.get_mut(wanted), matches) {
                    (Some(wanted), NumberMatch::Same) => wanted.found.push(order.clone()),
                    (Some(wanted), NumberMatch::Cut) => wanted.may_be_cut = true,
                    _ => {}
                }
            }
        }
    }

    /// What two walks came upon; the second one counts for what is not there.
    fn followed_by(self, mut again: Self) -> Self {
        for (before, now) in self.wanted.into_iter().zip(&mut again.wanted) {
            let known: HashSet<Option<String>> =
                now.found.iter().map(|order| order.order_id.clone()).collect();
            now.found.extend(
                before
                    .found
                    .into_iter()
                    .filter(|order| !known.contains(&order.order_id)),
            );
            now.may_be_cut |= before.may_be_cut;
        }
        again
    }

    /// `None`: an order that is not in the list does not exist, as far as the client is shown.
    fn why_absence_proves_nothing(&self) -> Option<&'static str> {
        if let Some(reason) = self.trouble {
            return Some(reason);
        }
        if self.without_number > 0 {
            return Some("the list shows orders without their external order number");
        }
        if self.cap.is_some() {
            return Some("the server gives pages of changing size");
        }
        match self.total {
            _ if self.ids.is_empty() => Some("the list is empty, so it may not show what it should"),
            Some(total) if usize::try_from(total).is_ok_and(|total| total == self.ids.len()) => None,
            Some(_) => Some("the list does not hold as many orders as it says"),
            None => Some("the list does not say how many orders there are"),
        }
    }
}

async fn walk(
    page_at: &impl AsyncFn(u32, u32) -> Result<Collection<OrderListItem>, Error>,
    numbers: &[&str],
    size: u32,
) -> Result<Looked, Error> {
    let mut looked = Looked {
        wanted: numbers.iter().map(|_| Wanted::default()).collect(),
        by_number: BTreeMap::new(),
        ids: HashSet::new(),
        without_number: 0,
        total: None,
        cap: None,
        trouble: None,
    };
    for (place, number) in numbers.iter().enumerate() {
        looked
            .by_number
            .entry(plain_number(number))
            .or_default()
            .push(place);
    }
    for page in 0..PAGES {
        let list = page_at(size, page * size).await?;
        looked.total = list.meta().and_then(|meta| meta.total_count);
        let has_next = list.meta().is_some_and(|meta| meta.href_next.is_some());
        let length = u32::try_from(list.len()).unwrap_or(u32::MAX);
        let mut fresh = 0_usize;
        for item in list {
            let order = item.into_order();
            if looked.is_new(&order) {
                fresh += 1;
                looked.look_at(&order);
            }
        }
        let so_far = i64::from(page + 1) * i64::from(size);
        let more = has_next || looked.total.is_some_and(|total| total > so_far);
        let is_short = length < size;
        let total_says_more = looked
            .total
            .is_some_and(|total| total > so_far - i64::from(size) + i64::from(length));
        if is_short && length > 0 && (more || total_says_more) {
            looked.cap = Some(length);
            return Ok(looked);
        }
        if more && fresh == 0 {
            looked.trouble =
                Some("the server repeats a page of the list, or gives an empty one in the middle");
            return Ok(looked);
        }
        // A full page without a word on what follows may not be the last.
        if !more && (is_short || looked.total.is_some()) {
            return Ok(looked);
        }
    }
    looked.trouble = Some("the list of orders is too long; narrow it by a time");
    Ok(looked)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use mobproc_api::types::{Collection, OrderListItem};
    use serde_json::{Value, json};

    use super::{PAGES, Reconciliation, look_in};
    use crate::error::Error;

    /// An order as a list shows it: id and external order number, either of which may be missing.
    type Shown = (Option<String>, Option<String>);

    /// Orders with ids of their own and numbers `N0`, `N1` and so on.
    fn orders(count: usize) -> Vec<Shown> {
        (0..count)
            .map(|index| (Some(index.to_string()), Some(format!("N{index}"))))
            .collect()
    }

    fn page(orders: &[Shown], meta: &Value) -> Value {
        let items: Vec<Value> = orders
            .iter()
            .map(|(id, number)| json!({"orderId": id, "externalOrderNumber": number}))
            .collect();
        json!({"_meta": meta, "orders": items})
    }

    /// The part of a list from an offset on.
    fn part(orders: &[Shown], size: usize, offset: usize) -> &[Shown] {
        let begin = offset.min(orders.len());
        &orders[begin..(begin + size).min(orders.len())]
    }

    /// Looks in what a server gives, and tells what it was asked for.
    async fn look(
        server: impl Fn(usize, usize) -> Value,
        numbers: &[&str],
    ) -> (Vec<Reconciliation>, Vec<(u32, u32)>) {
        let asked = RefCell::new(Vec::new());
        let page = async |size: u32, offset: u32| -> Result<Collection<OrderListItem>, Error> {
            asked.borrow_mut().push((size, offset));
            assert!(asked.borrow().len() <= 2 * PAGES as usize, "it does not end");
            let page = server(size as usize, offset as usize);
            Ok(serde_json::from_value(page).unwrap())
        };
        let answers = look_in(page, numbers, || false).await.unwrap();
        (answers, asked.into_inner())
    }

    /// A server that gives as much as it is asked for, and says how much there is.
    fn honest(orders: Vec<Shown>) -> impl Fn(usize, usize) -> Value {
        move |size, offset| page(part(&orders, size, offset), &json!({"totalCount": orders.len()}))
    }

    /// How many were found, or why that cannot be told.
    fn told(answer: &Reconciliation) -> Result<usize, &'static str> {
        match answer {
            Reconciliation::Found(orders) => Ok(orders.len()),
            Reconciliation::NotSeen { .. } => Ok(0),
            Reconciliation::CannotTell { reason } => Err(reason),
        }
    }

    #[tokio::test]
    async fn each_number_gets_its_answer_in_one_walk() {
        for (count, offsets) in [
            (1, vec![0]),
            (99, vec![0]),
            (100, vec![0]),
            (101, vec![0, 100]),
            (200, vec![0, 100]),
            (250, vec![0, 100, 200]),
        ] {
            let last = format!(" N{} ", count - 1);
            let (answers, asked) = look(honest(orders(count)), &["N0", &last, "X"]).await;
            assert_eq!(
                answers.iter().map(told).collect::<Vec<_>>(),
                [Ok(1), Ok(1), Ok(0)]
            );
            assert_eq!(
                answers.last(),
                Some(&Reconciliation::NotSeen { looked_at: count })
            );
            assert!(answers[0].is_found() && !answers[2].is_found());
            let expected: Vec<_> = offsets.into_iter().map(|offset| (100, offset)).collect();
            assert_eq!(asked, expected, "{count}");
        }
    }

    #[tokio::test]
    async fn nothing_is_asked_for_an_empty_number() {
        for number in ["", "  "] {
            let page = async |_: u32, _: u32| -> Result<Collection<OrderListItem>, Error> { panic!() };
            assert!(look_in(page, &["N1", number], || false).await.is_err());
        }
    }

    #[tokio::test]
    async fn an_order_counts_once_and_a_number_as_often_as_it_was_used() {
        let shown = |id: &str, number: &str| (Some(id.to_owned()), Some(number.to_owned()));
        let (answers, _) = look(
            honest(vec![shown("1", "A"), shown("2", "A"), shown("3", "B")]),
            &["A", "B"],
        )
        .await;
        assert_eq!(answers.iter().map(told).collect::<Vec<_>>(), [Ok(2), Ok(1)]);
        // The same one on two pages.
        let mut twice = orders(101);
        twice[100] = twice[0].clone();
        let (answers, _) = look(honest(twice), &["N0", "X"]).await;
        assert_eq!(told(&answers[0]), Ok(1));
        assert_eq!(
            told(&answers[1]),
            Err("the list does not hold as many orders as it says")
        );
        // Without ids they cannot be told apart.
        let (answers, _) = look(honest(vec![(None, Some("A".to_owned())); 2]), &["A"]).await;
        assert_eq!(told(&answers[0]), Ok(2));
    }

    #[tokio::test]
    async fn absence_proves_nothing_where_the_list_does_not_tell() {
        let fine = || (Some("1".to_owned()), Some("A".to_owned()));
        let nameless = |number: Option<&str>| (Some("2".to_owned()), number.map(str::to_owned));
        let without = "the list shows orders without their external order number";
        let count = "the list does not hold as many orders as it says";
        for (shown, meta, reason) in [
            (
                vec![],
                json!({"totalCount": 0}),
                "the list is empty, so it may not show what it should",
            ),
            (
                vec![fine()],
                json!({}),
                "the list does not say how many orders there are",
            ),
            (vec![fine(), nameless(None)], json!({"totalCount": 2}), without),
            (
                vec![fine(), nameless(Some(" "))],
                json!({"totalCount": 2}),
                without,
            ),
            (vec![fine()], json!({"totalCount": 0}), count),
            (vec![fine()], json!({"totalCount": -1}), count),
        ] {
            let (answers, _) = look(|_, offset| page(part(&shown, 100, offset), &meta), &["X", "A"]).await;
            assert_eq!(told(&answers[0]), Err(reason), "{meta}");
            // What is there is there.
            assert_eq!(told(&answers[1]).is_ok(), !shown.is_empty(), "{meta}");
        }
        let changed = async |_: u32, _: u32| {
            let page = page(
                &[(Some("1".to_owned()), Some("A".to_owned()))],
                &json!({"totalCount": 1}),
            );
            Ok(serde_json::from_value(page).unwrap())
        };
        let answers = look_in(changed, &["A", "X"], || true).await.unwrap();
        assert_eq!(told(&answers[0]), Ok(1));
        let reason = "this server has shown an external order number otherwise than it was sent";
        assert_eq!(told(&answers[1]), Err(reason));
    }

    #[tokio::test]
    async fn a_number_that_may_have_been_cut_is_not_absent() {
        let shown = |number: &str| (Some(number.to_owned()), Some(number.to_owned()));
        let list = || honest(vec![shown("LF-2030-004"), shown("LF-2030-0099")]);
        let numbers = ["LF-2030-0042", "LF-2030-0099", "OTHER"];
        let (answers, _) = look(list(), &numbers).await;
        let cut = "the list shows a number that is the beginning of this one";
        assert_eq!(
            answers.iter().map(told).collect::<Vec<_>>(),
            [Err(cut), Ok(1), Ok(0)]
        );
    }

    /// A server that gives fewer than it is asked for is asked again in its own steps.
    #[tokio::test]
    async fn a_server_that_gives_fewer_is_walked_again() {
        let list = orders(70);
        let server =
            |size: usize, offset: usize| page(part(&list, size.min(30), offset), &json!({"totalCount": 70}));
        let (answers, asked) = look(server, &["N69", "X"]).await;
        assert_eq!(asked, [(100, 0), (30, 0), (30, 30), (30, 60)]);
        assert_eq!(told(&answers[0]), Ok(1));
        assert_eq!(answers[1], Reconciliation::NotSeen { looked_at: 70 });
        // Fewer still the second time.
        let sizes = [30, 20];
        let server = |size: usize, offset: usize| {
            let most = if size == 100 { sizes[0] } else { sizes[1] };
            page(part(&list, most, offset), &json!({"totalCount": 70}))
        };
        let (answers, _) = look(server, &["X"]).await;
        assert_eq!(told(&answers[0]), Err("the server gives pages of changing size"));
        // One fewer than it says: the last page looks cut, and is not.
        let list = orders(150);
        let server =
            |size: usize, offset: usize| page(part(&list, size, offset), &json!({"totalCount": 151}));
        let (answers, asked) = look(server, &["X"]).await;
        assert_eq!(
            told(&answers[0]),
            Err("the list does not hold as many orders as it says")
        );
        assert_eq!(asked[..3], [(100, 0), (100, 100), (50, 0)]);
        // A link says that more follows a short page as well.
        let list = orders(40);
        let server = |size: usize, offset: usize| {
            let shown = part(&list, size.min(30), offset);
            let meta = if offset + shown.len() < 40 {
                json!({"hrefNext": "/next"})
            } else {
                json!({})
            };
            page(shown, &meta)
        };
        let (answers, asked) = look(server, &["N39"]).await;
        assert_eq!(told(&answers[0]), Ok(1));
        assert_eq!(asked, [(100, 0), (30, 0), (30, 30)]);
    }

    /// What the first of two walks came upon counts as well.
    #[tokio::test]
    async fn what_was_seen_in_the_first_walk_is_not_forgotten() {
        let shown = |id: &str, number: &str| (Some(id.to_owned()), Some(number.to_owned()));
        let first = vec![
            shown("1", "GONE"),
            shown("2", "STAYS"),
            shown("3", "LF-2030-004"),
            shown("5", "TWICE"),
        ];
        let second = vec![
            shown("2", "STAYS"),
            shown("4", "NEW"),
            shown("6", "TWICE"),
            shown("7", "E"),
            shown("8", "F"),
        ];
        let server = |size: usize, offset: usize| {
            let list = if size == 100 { &first } else { &second };
            page(part(list, size, offset), &json!({"totalCount": 5}))
        };
        let (answers, _) = look(server, &["GONE", "STAYS", "NEW", "LF-2030-0042", "TWICE", "X"]).await;
        let cut = "the list shows a number that is the beginning of this one";
        assert_eq!(
            answers.iter().map(told).collect::<Vec<_>>(),
            [Ok(1), Ok(1), Ok(1), Err(cut), Ok(2), Ok(0)]
        );
    }

    #[tokio::test]
    async fn a_list_that_does_not_end_is_given_up() {
        let list = orders(100);
        let repeats = "the server repeats a page of the list, or gives an empty one in the middle";
        for meta in [json!({"totalCount": 500}), json!({"hrefNext": "/next"})] {
            let (answers, asked) = look(|_, _| page(&list, &meta), &["N5", "X"]).await;
            assert_eq!(told(&answers[0]), Ok(1));
            assert_eq!(told(&answers[1]), Err(repeats));
            assert_eq!(asked.len(), 2);
            let (answers, asked) = look(|_, _| page(&[], &meta), &["X"]).await;
            assert_eq!(told(&answers[0]), Err(repeats));
            assert_eq!(asked.len(), 1);
        }
        let list = orders(100 * PAGES as usize + 1);
        let (answers, asked) = look(honest(list), &["N0", "X"]).await;
        assert_eq!(told(&answers[0]), Ok(1));
        assert_eq!(
            told(&answers[1]),
            Err("the list of orders is too long; narrow it by a time")
        );
        assert_eq!(asked.len(), PAGES as usize);
    }

    /// Without a word on what follows, a full page may not be the last.
    #[tokio::test]
    async fn a_list_that_says_nothing_is_walked_until_a_page_is_not_full() {
        for (count, pages) in [(99, 1), (100, 2), (150, 2), (200, 3)] {
            let list = orders(count);
            let last = format!("N{}", count - 1);
            let (answers, asked) = look(
                |size, offset| page(part(&list, size, offset), &json!({})),
                &[&last],
            )
            .await;
            assert_eq!(told(&answers[0]), Ok(1), "{count}");
            assert_eq!(asked.len(), pages, "{count}");
        }
    }
}
