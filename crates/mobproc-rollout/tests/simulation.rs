//! Programs that die and freeze at any moment, and a backend that loses, delays and forges answers,
//! in virtual time and from a seed: whatever happens, no write is carried out twice unless a person
//! decided to send it again.
//!
//! `MOBPROC_SIMULATIONS` sets how many histories are played, `MOBPROC_SIMULATION_SEED` with which
//! seed they begin.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "it is a test as a whole"
)]

use chrono::{DateTime, Utc};
use fastrand::Rng;
use mobproc_rollout::state::{Answer, Decision, Effect, Entry, Event, Sighting, State};

/// How long an attempt may take, in seconds of virtual time.
const LIMIT: i64 = 75;
/// More steps than any history needs to come to rest.
const STEPS: usize = 400;

/// What one history did.
#[derive(Debug, Default)]
struct Told {
    events: Vec<String>,
}

/// The backend, and the network in front of it.
#[derive(Default)]
struct Backend {
    orders: usize,
    /// Orders on their way, with the time of their arrival.
    on_their_way: Vec<i64>,
}

impl Backend {
    /// Takes an attempt, and says what its sender is to make of what comes back, if anything does.
    fn send(&mut self, now: i64, random: &mut Rng) -> Option<Answer> {
        match random.u32(..10) {
            // No connection was made, or it was looked at and refused.
            0 | 1 => Some(Answer::Refused),
            // Lost on the way there.
            2 => Some(Answer::Unknown),
            // Carried out, and the answer is lost, or a failure, or an order of somebody else.
            3 | 4 => {
                self.orders += 1;
                Some(Answer::Unknown)
            }
            // It arrives when nobody waits any more, within the limit.
            5 => {
                self.on_their_way.push(now + random.i64(1..LIMIT));
                Some(Answer::Unknown)
            }
            // No answer ever, and nothing that times out: the sender is stuck.
            6 => {
                self.orders += 1;
                None
            }
            _ => {
                self.orders += 1;
                Some(Answer::Placed)
            }
        }
    }

    fn pass(&mut self, now: i64) {
        let before = self.on_their_way.len();
        self.on_their_way.retain(|arrival| *arrival > now);
        self.orders += before - self.on_their_way.len();
    }
}

/// A program, and where it stands.
enum Program {
    Idle,
    /// Has read the entry and is about to write.
    Read(Entry),
    /// Has claimed the write and is about to send it.
    Claimed(u32),
    /// Has sent it and heard of it, and is about to write that down.
    Heard(u32, Answer),
    /// Waits for ever.
    Stuck,
    Frozen(Box<Self>, i64),
    Dead,
}

struct World {
    kept: Entry,
    backend: Backend,
    programs: Vec<Program>,
    /// How often each program was started.
    lives: Vec<usize>,
    now: i64,
    /// How often a person decided that it may be sent again.
    decisions: usize,
    /// Whether anybody decides at all.
    people_decide: bool,
    /// Frozen programs are given up as well, as heartbeats would.
    heartbeats: bool,
    told: Told,
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a history lasts some hours")
}

impl World {
    /// Compares and sets.
    fn keep(&mut self, before: &Entry, event: &Event) -> Option<Effect> {
        if self.kept != *before {
            return None;
        }
        let (after, effect) = before.step(event, at(self.now)).ok()?;
        self.told
            .events
            .push(format!("{}: {event:?} -> {}", self.now, after.state.name()));
        self.kept = after;
        Some(effect)
    }

    fn is_gone(&self, owner: &str) -> bool {
        let (index, life) = owner.split_once('.').expect("owners are two numbers");
        let index: usize = index.parse().expect("owners are numbers");
        if self.lives[index].to_string() != life {
            return true;
        }
        match &self.programs[index] {
            Program::Dead => true,
            Program::Frozen(..) | Program::Stuck => self.heartbeats,
            _ => false,
        }
    }

    fn step(&mut self, index: usize, random: &mut Rng) {
        let program = std::mem::replace(&mut self.programs[index], Program::Dead);
        // It dies or freezes wherever it stands.
        if !matches!(program, Program::Dead | Program::Frozen(..)) {
            match random.u32(..40) {
                0 => return,
                1 => {
                    let until = self.now + random.i64(1..4 * LIMIT);
                    self.programs[index] = Program::Frozen(Box::new(program), until);
                    return;
                }
                _ => {}
            }
        }
        let next = match program {
            // Somebody starts it again, sooner or later.
            Program::Dead if random.u32(..10) == 0 => {
                self.lives[index] += 1;
                Program::Idle
            }
            Program::Dead => Program::Dead,
            Program::Frozen(program, until) if until <= self.now => *program,
            frozen @ Program::Frozen(..) => frozen,
            Program::Stuck => Program::Stuck,
            Program::Idle => Program::Read(self.kept.clone()),
            Program::Read(entry) => self.act(&entry, index, random),
            Program::Claimed(attempt) => match self.backend.send(self.now, random) {
                Some(answer) => Program::Heard(attempt, answer),
                None => Program::Stuck,
            },
            Program::Heard(attempt, answer) => {
                let event = Event::Answered { attempt, answer };
                let before = self.kept.clone();
                self.keep(&before, &event);
                Program::Idle
            }
        };
        self.programs[index] = next;
    }

    fn act(&mut self, entry: &Entry, index: usize, random: &mut Rng) -> Program {
        let event = match &entry.state {
            State::Planned => Event::Checked,
            State::Checked => Event::Confirmed,
            // A rollout takes up again what was refused for a reason that passes.
            State::Refused if random.bool() => Event::Confirmed,
            State::Confirmed | State::Refused => Event::Begin {
                owner: format!("{index}.{}", self.lives[index]),
                settled: at(self.now + LIMIT),
            },
            State::Submitting { owner, .. } if self.is_gone(owner) => {
                Event::OwnerGone { owner: owner.clone() }
            }
            State::Submitting { .. } | State::Placed => return Program::Idle,
            State::Unknown { .. } | State::NeedsPerson { .. } => {
                if self.people_decide && random.u32(..20) == 0 {
                    // A person decides, rightly or not.
                    let decision = match random.u32(..3) {
                        0 => Decision::Placed,
                        1 => Decision::NotPlaced,
                        _ => Decision::SendAgain,
                    };
                    if self.keep(entry, &Event::Decided(decision)).is_some() && decision != Decision::Placed {
                        self.decisions += 1;
                    }
                    return Program::Idle;
                }
                // Lists lag behind.
                let seen = if random.bool() { self.backend.orders } else { 0 };
                Event::LookedUp(if seen == 0 {
                    Sighting::NotSeen
                } else {
                    Sighting::Seen(seen)
                })
            }
        };
        match self.keep(entry, &event) {
            Some(Effect::Send(attempt)) => Program::Claimed(attempt),
            _ => Program::Idle,
        }
    }
}

/// Plays one history, and says what is wrong with it.
fn play(seed: u64) -> Result<&'static str, String> {
    let mut random = Rng::with_seed(seed);
    let programs = random.usize(1..=3);
    let mut world = World {
        kept: Entry::new(),
        backend: Backend::default(),
        programs: (0..programs).map(|_| Program::Idle).collect(),
        now: 0,
        lives: vec![0; programs],
        decisions: 0,
        people_decide: random.bool(),
        heartbeats: random.bool(),
        told: Told::default(),
    };
    for _ in 0..STEPS {
        world.now += random.i64(0..6);
        world.backend.pass(world.now);
        let index = random.usize(..programs);
        world.step(index, &mut random);
        let orders = world.backend.orders;
        if orders > 1 + world.decisions {
            let (told, decisions) = (&world.told.events, world.decisions);
            return Err(format!("{orders} orders after {decisions} decisions: {told:#?}"));
        }
        if world.kept.state == State::Placed && orders == 0 && !world.people_decide {
            return Err(format!("placed without an order: {:#?}", world.told.events));
        }
        if world.kept.state == State::Refused && orders > 0 && world.decisions == 0 {
            return Err(format!("refused with an order: {:#?}", world.told.events));
        }
    }
    Ok(world.kept.state.name())
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |value| {
        value
            .parse()
            .unwrap_or_else(|_| panic!("{variable} is no number"))
    })
}

#[test]
fn no_write_is_carried_out_twice_without_a_decision() {
    let first = number("MOBPROC_SIMULATION_SEED", 0);
    let mut ends = std::collections::BTreeMap::new();
    for seed in first..first + number("MOBPROC_SIMULATIONS", 20_000) {
        let end = play(seed).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
        *ends.entry(end).or_insert(0_u32) += 1;
    }
    println!("{ends:?}");
    // The histories are of all sorts: a simulation that never gets anywhere proves nothing.
    for end in ["placed", "unknown", "needs_person", "submitting"] {
        assert!(ends.contains_key(end), "no history ended as {end}: {ends:?}");
    }
}
