//! Where a write stands, and what may happen to it: rules without a clock, a disk or a network.
//!
//! An [`Event`] that happens to an [`Entry`] gives another entry and an [`Effect`], or is refused.
//! Whoever keeps entries has to keep the new one, by comparing with the old, before the effect is
//! carried out.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Where a write stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
#[allow(
    clippy::exhaustive_enums,
    reason = "whoever acts on a state has to deal with all of them"
)]
pub enum State {
    /// It is known, and nobody has looked at it.
    Planned,
    /// It keeps the rules that can be checked without asking the server.
    Checked,
    /// The server has checked and priced it, where it does that; it can be sent.
    Confirmed,
    /// Somebody is sending it, or was.
    Submitting {
        /// Who.
        owner: String,
        /// From then on nothing of this attempt can be on its way any more, if its owner keeps its
        /// time limits.
        settled: DateTime<Utc>,
    },
    /// It was carried out.
    Placed,
    /// It was certainly not carried out.
    Refused,
    /// It may or may not have been carried out.
    Unknown {
        /// From then on nothing of it can be on its way any more, if its owner kept its time
        /// limits.
        settled: DateTime<Utc>,
    },
    /// It was carried out more than once, or what is known of it does not agree.
    NeedsPerson {
        /// As of [`State::Unknown`].
        settled: DateTime<Utc>,
    },
}

impl State {
    /// The name of the state, for tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Checked => "checked",
            Self::Confirmed => "confirmed",
            Self::Submitting { .. } => "submitting",
            Self::Placed => "placed",
            Self::Refused => "refused",
            Self::Unknown { .. } => "unknown",
            Self::NeedsPerson { .. } => "needs_person",
        }
    }

    /// Whether it is known what became of it: it was carried out, or certainly not.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Placed | Self::Refused)
    }

    /// Whether it was sent and nobody knows yet what became of it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(
            self,
            Self::Submitting { .. } | Self::Unknown { .. } | Self::NeedsPerson { .. }
        )
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeedsPerson { .. } => "needs a person",
            other => other.name(),
        })
    }
}

/// A state, and how often the write was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// Where it stands.
    pub state: State,
    /// Which attempt to send it is or was the last; 0 if there was none.
    pub attempt: u32,
}

impl Entry {
    /// A write in a state in which it was not sent yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: State::Planned,
            attempt: 0,
        }
    }

    /// A write as it was kept.
    #[must_use]
    pub fn kept(state: State, attempt: u32) -> Self {
        Self { state, attempt }
    }
}

impl Default for Entry {
    fn default() -> Self {
        Self::new()
    }
}

/// What was answered to an attempt to send, as whoever sent it judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no fourth answer")]
pub enum Answer {
    /// It was carried out.
    Placed,
    /// It was certainly not carried out.
    Refused,
    /// It may or may not have been.
    Unknown,
}

/// What a look at the server showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is nothing between these")]
pub enum Sighting {
    /// It is there, this many times.
    Seen(usize),
    /// It is not there, which is not to say that it will not come.
    NotSeen,
}

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there is no fourth decision")]
pub enum Decision {
    /// It was carried out.
    Placed,
    /// It was not carried out, and is not to be.
    NotPlaced,
    /// It was not carried out, and is to be sent once more.
    SendAgain,
}

/// Something that happens to a write.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "only this crate makes rules for events")]
pub enum Event {
    /// It keeps the rules that can be checked without asking the server.
    Checked,
    /// The server has checked and priced it, or it is of a kind that the server does not.
    Confirmed,
    /// Somebody is about to send it.
    Begin {
        /// Who.
        owner: String,
        /// See [`State::Submitting`].
        settled: DateTime<Utc>,
    },
    /// Whoever sent it heard of it.
    Answered {
        /// Which attempt.
        attempt: u32,
        /// What.
        answer: Answer,
    },
    /// Whoever was sending it is gone, or has held it for too long.
    OwnerGone {
        /// Who.
        owner: String,
    },
    /// Somebody looked for it.
    LookedUp(Sighting),
    /// A person decided.
    Decided(Decision),
}

impl Event {
    /// The event in a few words, as the end of "it cannot be".
    fn words(&self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Confirmed => "confirmed",
            Self::Begin { .. } => "sent",
            Self::Answered { .. } => "answered",
            Self::OwnerGone { .. } => "given up",
            Self::LookedUp(_) => "looked up",
            Self::Decided(_) => "decided",
        }
    }
}

/// What has to be done once the new state is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "whoever acts has to know all that can be asked of it"
)]
pub enum Effect {
    /// Nothing.
    Nothing,
    /// Send it, once, as this attempt.
    Send(u32),
    /// Look for it, again and again.
    LookUp,
    /// Ask a person.
    AskPerson,
}

/// Why something cannot happen to a write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Not in this state.
    #[error("it is {state}, so it cannot be {what}")]
    State {
        /// The state.
        state: State,
        /// What it cannot be.
        what: &'static str,
    },
    /// Somebody else has it, or an attempt that was never made is answered.
    #[error("somebody else is sending it")]
    Owner,
    /// What was sent may still arrive.
    #[error("what was sent may still arrive until {until}; decide then")]
    TooEarly {
        /// Until when.
        until: DateTime<Utc>,
    },
}

impl Entry {
    /// What becomes of it when something happens.
    ///
    /// # Errors
    ///
    /// It cannot happen to it. Then nothing may be done.
    pub fn step(&self, event: &Event, now: DateTime<Utc>) -> Result<(Self, Effect), Refusal> {
        let impossible = || Refusal::State {
            state: self.state.clone(),
            what: event.words(),
        };
        let (state, effect) = match (&self.state, event) {
            (State::Planned, Event::Checked) => (State::Checked, Effect::Nothing),
            // A confirmation grows old, and is asked for anew. What was certainly not carried out can
            // be tried once more.
            (State::Planned | State::Checked | State::Confirmed | State::Refused, Event::Confirmed) => {
                (State::Confirmed, Effect::Nothing)
            }
            // What was certainly not carried out can be tried once more.
            (State::Confirmed | State::Refused, Event::Begin { owner, settled }) => {
                let attempt = self.attempt.saturating_add(1);
                let state = State::Submitting {
                    owner: owner.clone(),
                    settled: *settled,
                };
                return Ok((Self { state, attempt }, Effect::Send(attempt)));
            }
            (_, Event::Answered { attempt, answer }) => return self.answered(*attempt, *answer),
            (State::Submitting { owner, settled }, Event::OwnerGone { owner: gone }) => {
                if owner != gone {
                    return Err(Refusal::Owner);
                }
                (State::Unknown { settled: *settled }, Effect::LookUp)
            }
            (State::Unknown { settled } | State::NeedsPerson { settled }, Event::LookedUp(sighting)) => {
                match sighting {
                    Sighting::Seen(1) if matches!(self.state, State::Unknown { .. }) => {
                        (State::Placed, Effect::Nothing)
                    }
                    Sighting::Seen(0) | Sighting::NotSeen => (self.state.clone(), Effect::LookUp),
                    Sighting::Seen(_) => (State::NeedsPerson { settled: *settled }, Effect::AskPerson),
                }
            }
            // One that was sent again by a decision, and whose first attempt arrived after all.
            (State::Placed, Event::LookedUp(Sighting::Seen(count))) if *count > 1 => (
                State::NeedsPerson {
                    settled: DateTime::<Utc>::MIN_UTC,
                },
                Effect::AskPerson,
            ),
            (State::Unknown { settled } | State::NeedsPerson { settled }, Event::Decided(decision)) => {
                match decision {
                    Decision::Placed => (State::Placed, Effect::Nothing),
                    // While it may still arrive, nobody can know that it did not.
                    Decision::NotPlaced | Decision::SendAgain if now < *settled => {
                        return Err(Refusal::TooEarly { until: *settled });
                    }
                    Decision::NotPlaced => (State::Refused, Effect::Nothing),
                    Decision::SendAgain => (State::Confirmed, Effect::Nothing),
                }
            }
            _ => return Err(impossible()),
        };
        let attempt = self.attempt;
        Ok((Self { state, attempt }, effect))
    }

    /// Whoever sent an attempt heard of it, perhaps long after others have gone on.
    fn answered(&self, attempt: u32, answer: Answer) -> Result<(Self, Effect), Refusal> {
        if attempt == 0 || attempt > self.attempt {
            return Err(Refusal::Owner);
        }
        let is_last = attempt == self.attempt;
        let stays = (self.state.clone(), Effect::Nothing);
        let (state, effect) = match (&self.state, answer) {
            (State::Submitting { .. } | State::Unknown { .. }, Answer::Placed) if is_last => {
                (State::Placed, Effect::Nothing)
            }
            (State::Submitting { .. } | State::Unknown { .. }, Answer::Refused) if is_last => {
                // An attempt before may have been carried out all the same, but a person decided
                // that it was not before there could be another.
                (State::Refused, Effect::Nothing)
            }
            (State::Submitting { settled, .. }, Answer::Unknown) if is_last => {
                (State::Unknown { settled: *settled }, Effect::LookUp)
            }
            // It was carried out although somebody took it for lost. What was not sent again need
            // not be.
            (State::Confirmed | State::Refused | State::Checked | State::Planned, Answer::Placed) => {
                (State::Placed, Effect::Nothing)
            }
            (State::Submitting { settled, .. } | State::Unknown { settled }, Answer::Placed) => {
                (State::NeedsPerson { settled: *settled }, Effect::AskPerson)
            }
            // An earlier attempt was carried out as well as the last.
            (State::Placed, Answer::Placed) if !is_last => (
                State::NeedsPerson {
                    settled: DateTime::<Utc>::MIN_UTC,
                },
                Effect::AskPerson,
            ),
            _ => stays,
        };
        let attempt = self.attempt;
        Ok((Self { state, attempt }, effect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn begin(owner: &str) -> Event {
        Event::Begin {
            owner: owner.to_owned(),
            settled: at(100),
        }
    }

    fn after(events: &[Event], now: i64) -> Entry {
        events.iter().fold(Entry::new(), |entry, event| {
            entry
                .step(event, at(now))
                .unwrap_or_else(|why| panic!("{event:?}: {why}"))
                .0
        })
    }

    fn answered(attempt: u32, answer: Answer) -> Event {
        Event::Answered { attempt, answer }
    }

    fn gone(owner: &str) -> Event {
        Event::OwnerGone {
            owner: owner.to_owned(),
        }
    }

    #[test]
    fn the_usual_way() {
        let confirmed = after(&[Event::Checked, Event::Confirmed], 0);
        let (sending, effect) = confirmed.step(&begin("one"), at(0)).unwrap();
        assert_eq!(effect, Effect::Send(1));
        assert!(sending.state.is_open());
        for (answer, name) in [
            (Answer::Placed, "placed"),
            (Answer::Refused, "refused"),
            (Answer::Unknown, "unknown"),
        ] {
            let (next, _) = sending.step(&answered(1, answer), at(1)).unwrap();
            assert_eq!(next.state.name(), name);
        }
    }

    #[test]
    fn only_what_was_certainly_not_carried_out_is_sent_again_without_a_decision() {
        let sending = after(&[Event::Confirmed, begin("one")], 0);
        let unknown = after(&[Event::Confirmed, begin("one"), gone("one")], 0);
        let placed = after(&[Event::Confirmed, begin("one"), answered(1, Answer::Placed)], 0);
        let planned = Entry::new();
        for entry in [&sending, &unknown, &placed, &planned] {
            let refused = entry.step(&begin("two"), at(1000)).unwrap_err();
            assert!(
                matches!(refused, Refusal::State { what: "sent", .. }),
                "{refused}"
            );
        }
        let refused = after(&[Event::Confirmed, begin("one"), answered(1, Answer::Refused)], 0);
        let (again, effect) = refused.step(&begin("two"), at(1)).unwrap();
        assert_eq!((again.attempt, effect), (2, Effect::Send(2)));
    }

    #[test]
    fn a_decision_waits_until_nothing_can_be_on_its_way() {
        let unknown = after(&[Event::Confirmed, begin("one"), gone("one")], 0);
        for decision in [Decision::NotPlaced, Decision::SendAgain] {
            let early = unknown.step(&Event::Decided(decision), at(99)).unwrap_err();
            assert_eq!(early, Refusal::TooEarly { until: at(100) });
            assert!(unknown.step(&Event::Decided(decision), at(100)).is_ok());
        }
        // That it was placed can be seen at once.
        assert!(unknown.step(&Event::Decided(Decision::Placed), at(0)).is_ok());
    }

    #[test]
    fn not_seen_is_not_taken_for_not_placed() {
        let unknown = after(&[Event::Confirmed, begin("one"), gone("one")], 0);
        for sighting in [Sighting::NotSeen, Sighting::Seen(0)] {
            let (next, effect) = unknown.step(&Event::LookedUp(sighting), at(1_000_000)).unwrap();
            assert_eq!((&next, effect), (&unknown, Effect::LookUp));
        }
        let (one, _) = unknown.step(&Event::LookedUp(Sighting::Seen(1)), at(0)).unwrap();
        assert_eq!(one.state, State::Placed);
        let (two, effect) = unknown.step(&Event::LookedUp(Sighting::Seen(2)), at(0)).unwrap();
        assert_eq!((two.state.name(), effect), ("needs_person", Effect::AskPerson));
        // One that is known to be placed, and was sent before by a decision, may turn out to be two.
        let (both, _) = one.step(&Event::LookedUp(Sighting::Seen(2)), at(0)).unwrap();
        assert_eq!(both.state.name(), "needs_person");
        assert!(one.step(&Event::LookedUp(Sighting::Seen(1)), at(0)).is_err());
        // Two do not become one by looking again.
        let (still, _) = two.step(&Event::LookedUp(Sighting::Seen(1)), at(0)).unwrap();
        assert_eq!(still.state.name(), "needs_person");
    }

    #[test]
    fn an_answer_that_comes_late_counts_for_its_attempt() {
        let unknown = after(&[Event::Confirmed, begin("one"), gone("one")], 0);
        let placed = answered(1, Answer::Placed);
        assert_eq!(unknown.step(&placed, at(5)).unwrap().0.state, State::Placed);
        let again = after(
            &[
                Event::Confirmed,
                begin("one"),
                gone("one"),
                Event::Decided(Decision::SendAgain),
            ],
            200,
        );
        // Not sent yet, so there is nothing to send any more.
        assert_eq!(again.step(&placed, at(200)).unwrap().0.state, State::Placed);
        let (sent_again, _) = again.step(&begin("two"), at(200)).unwrap();
        assert_eq!(
            sent_again.step(&placed, at(200)).unwrap().0.state.name(),
            "needs_person"
        );
        let (twice, _) = sent_again.step(&answered(2, Answer::Placed), at(201)).unwrap();
        assert_eq!(
            twice.step(&placed, at(202)).unwrap().0.state.name(),
            "needs_person"
        );
        // What an earlier attempt did not do says nothing of the last.
        for answer in [Answer::Refused, Answer::Unknown] {
            assert_eq!(
                sent_again.step(&answered(1, answer), at(200)).unwrap().0,
                sent_again
            );
        }
        // The same answer twice changes nothing.
        let placed_once = unknown.step(&placed, at(5)).unwrap().0;
        assert_eq!(placed_once.step(&placed, at(6)).unwrap().0, placed_once);
    }

    #[test]
    fn nobody_answers_or_gives_up_for_another() {
        let sending = after(&[Event::Confirmed, begin("one")], 0);
        assert_eq!(sending.step(&gone("two"), at(0)), Err(Refusal::Owner));
        assert_eq!(
            sending.step(&answered(2, Answer::Placed), at(0)),
            Err(Refusal::Owner)
        );
        assert_eq!(
            sending.step(&answered(0, Answer::Placed), at(0)),
            Err(Refusal::Owner)
        );
        let refusal = sending
            .step(&Event::Decided(Decision::NotPlaced), at(1000))
            .unwrap_err();
        assert_eq!(refusal.to_string(), "it is submitting, so it cannot be decided");
    }
}
