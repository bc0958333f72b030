//! One run of an import: a pipeline of reading, deciding and writing, with few groups in each stage, so that
//! memory stays bounded.

mod careful;

use super::{
    GROUP, Importer, Terms,
    fact::Fact,
    lines::{Block, Blocks},
    lookups::{DaysRead, Known, Lookups},
    prepare::{Prepared, PreparedBlock, Preparer},
    report::{Counted, Report, Stop},
};
use crate::{
    Origin,
    access::{Principal, Reach},
    command::{CommandContext, CommandError},
    executor::Begun,
    fingerprint::Fingerprint,
};
use std::{
    collections::{HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::task::{JoinHandle, spawn_blocking};
use uuid::Uuid;

/// So many groups are being read while others are decided.
const READING_AHEAD: usize = 3;
/// So many groups wait for the writer while the next one is decided.
const IN_FLIGHT: usize = 4;
/// How long to wait when the store is busy with others.
const BUSY_PAUSE: Duration = Duration::from_millis(5);

/// One run of an import. After the first line that cannot be taken, all input is ignored.
pub struct ImportSession<'a> {
    importer: &'a Importer,
    context: CommandContext,
    preparer: Arc<Preparer>,
    blocks: Blocks,
    /// Facts that came ready-made and wait for their group to fill.
    facts: Vec<(u64, Fact)>,
    facts_taken: u64,
    reading: VecDeque<JoinHandle<PreparedBlock>>,
    in_flight: VecDeque<(Group, Begun<'a, u64>)>,
    /// The ids of all facts taken so far: about 30 bytes each.
    sources: HashSet<Uuid>,
    /// Facts are looked for before they are decided, since the last group held some that were there already.
    careful: bool,
    /// The days of accounts that no longer know them singly.
    days: DaysRead,
    report: Report,
    stop: Option<Stop>,
}

type Group = Arc<Vec<Prepared>>;

impl std::fmt::Debug for ImportSession<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportSession")
            .field("report", &self.report)
            .field("stop", &self.stop)
            .finish_non_exhaustive()
    }
}

impl<'a> ImportSession<'a> {
    pub(super) fn new(importer: &'a Importer, principal: Arc<Principal>) -> Self {
        let now = importer.clock.now();
        let settings = importer.settings.in_force();
        let terms = Terms::of(&settings, importer.email_key);
        let command_id = importer.ids.uuid();
        let context = CommandContext {
            principal,
            reach: Reach::All,
            command_id,
            correlation_id: command_id.to_string(),
            causation_id: None,
            traceparent: None,
            idempotency_key: None,
            fingerprint: Fingerprint::default(),
            if_match: None,
            now,
            effective_at: None,
            origin: Origin::Import,
            settings,
        };
        Self {
            importer,
            context,
            preparer: Arc::new(Preparer { terms, now }),
            blocks: Blocks::new(GROUP as u64),
            facts: Vec::new(),
            facts_taken: 0,
            reading: VecDeque::new(),
            in_flight: VecDeque::new(),
            sources: HashSet::new(),
            careful: false,
            days: DaysRead::default(),
            report: Report::default(),
            stop: None,
        }
    }

    /// What it has come to so far: all that is durable.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Whether a line has stopped it.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_some()
    }

    /// Takes the next bytes of NDJSON, cut anywhere.
    pub async fn take_bytes(&mut self, bytes: &[u8]) {
        if self.is_stopped() {
            return;
        }
        let mut full = Vec::new();
        let taken = self.blocks.take(bytes, &mut full);
        for block in full {
            self.read_block(block).await;
        }
        if let Err(too_long) = taken {
            let rest = self.blocks.complete_lines();
            self.read_block(rest).await;
            self.finish_reading().await;
            let reason = format!("longer than {} bytes", super::MAX_LINE_BYTES);
            self.stop.get_or_insert(Stop::BadLine {
                line: too_long.line,
                code: "malformed".to_owned(),
                reason,
            });
        }
    }

    /// Takes the next fact.
    pub async fn take(&mut self, fact: Fact) {
        self.facts_taken += 1;
        self.facts.push((self.facts_taken, fact));
        if self.facts.len() == GROUP {
            self.read_facts().await;
        }
    }

    /// Brings everything taken to its end. Tells what it came to, and what stopped it, if anything did.
    pub async fn finish(mut self) -> (Report, Option<Stop>) {
        let rest = self.blocks.rest();
        self.end(rest).await
    }

    /// Ends where the input broke off: a last line without its line feed is left out.
    pub async fn break_off(mut self) -> (Report, Option<Stop>) {
        let rest = self.blocks.complete_lines();
        self.end(rest).await
    }

    async fn end(mut self, rest: Block) -> (Report, Option<Stop>) {
        self.read_block(rest).await;
        self.read_facts().await;
        self.finish_reading().await;
        (self.report, self.stop)
    }

    async fn read_block(&mut self, block: Block) {
        let preparer = self.preparer.clone();
        self.reading.push_back(spawn_blocking(move || preparer.lines(&block)));
        self.append_what_is_read(READING_AHEAD).await;
    }

    async fn read_facts(&mut self) {
        let preparer = self.preparer.clone();
        let facts = std::mem::take(&mut self.facts);
        self.reading.push_back(spawn_blocking(move || preparer.facts(facts)));
        self.append_what_is_read(READING_AHEAD).await;
    }

    async fn finish_reading(&mut self) {
        self.append_what_is_read(0).await;
        self.settle(0).await;
    }

    /// Appends the groups that were read first, until so few are left.
    async fn append_what_is_read(&mut self, leave: usize) {
        while self.reading.len() > leave {
            let Some(reading) = self.reading.pop_front() else { return };
            let block = match reading.await {
                Ok(block) => block,
                Err(error) => PreparedBlock {
                    facts: Vec::new(),
                    stop: Some(Stop::Failed(CommandError::Internal(error.to_string()))),
                },
            };
            if self.is_stopped() {
                continue;
            }
            self.append(Arc::new(block.facts)).await;
            if block.stop.is_some() {
                self.settle(0).await;
                self.stop = self.stop.take().or(block.stop);
            }
        }
    }

    async fn append(&mut self, group: Group) {
        if group.is_empty() || self.is_stopped() {
            return;
        }
        if self.careful || group.iter().any(Prepared::looks_back) {
            self.settle(0).await;
            return self.append_carefully(&group).await;
        }
        match self.begin(&group).await {
            Ok(begun) => {
                self.in_flight.push_back((group, begun));
                self.settle(IN_FLIGHT).await;
            }
            Err(error) => self.stop = Some(Stop::Failed(error)),
        }
    }

    /// Decides a group on top of those in flight. Waits while the store has no room.
    async fn begin(&mut self, group: &Group) -> Result<Begun<'a, u64>, CommandError> {
        let mut participants = Vec::with_capacity(group.len());
        group.iter().for_each(|fact| fact.participants(true, &mut participants));
        let importer = self.importer;
        loop {
            let (known, days) = (Known::default(), DaysRead::default());
            let lookups = Lookups::new(&known, &days);
            let body = |unit: &mut crate::executor::Unit<'_>| {
                group.iter().try_fold(0, |events, fact| Ok(events + fact.apply(unit, &lookups)? as u64))
            };
            match importer.executor.begin_many(&self.context, &participants, body).await {
                Err(CommandError::Overloaded) => tokio::time::sleep(BUSY_PAUSE).await,
                other => return other,
            }
        }
    }

    /// Waits for the groups in flight until so few are left. If one did not come through, those behind it may
    /// rest on it: then all that did not come through are done again, one after another.
    async fn settle(&mut self, leave: usize) {
        while self.in_flight.len() > leave {
            let Some((group, begun)) = self.in_flight.pop_front() else { return };
            match begun.outcome().await {
                Ok((appended, events)) => {
                    self.count_facts(&group, &Known::default(), 0, events, appended.position)
                }
                Err(_) => {
                    let mut again = vec![group];
                    for (group, begun) in std::mem::take(&mut self.in_flight) {
                        match begun.outcome().await {
                            Ok((appended, events)) => {
                                self.count_facts(&group, &Known::default(), 0, events, appended.position)
                            }
                            Err(_) => again.push(group),
                        }
                    }
                    for group in again {
                        self.append_carefully(&group).await;
                    }
                    return;
                }
            }
        }
    }

    fn count_facts(
        &mut self,
        facts: &[Prepared],
        known: &Known,
        already_there: usize,
        events: u64,
        position: u64,
    ) {
        let mut repeated = 0;
        let counted: Vec<Counted> = {
            let lookups = Lookups::new(known, &self.days);
            facts.iter().map(|fact| fact.counted(&lookups)).collect()
        };
        for (fact, counted) in facts.iter().zip(counted) {
            if self.sources.insert(fact.event.event_id) {
                self.report.count(&counted);
            } else {
                repeated += 1;
                self.report.count_repeated(fact.line);
            }
        }
        self.report.already_there += already_there.saturating_sub(repeated) as u64;
        self.report.events_appended += events;
        if events > 0 {
            self.report.position = self.report.position.max(position);
        }
    }
}
