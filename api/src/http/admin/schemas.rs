//! Descriptions of what the read side tells operators, for OpenAPI alone: the types themselves belong to a layer that knows no HTTP.
#![allow(dead_code, reason = "describes what is written")]

use utoipa::ToSchema;

/// Every projection.
#[derive(ToSchema)]
pub(super) struct ProjectionList {
    /// In the order of the registry.
    items: Vec<Projection>,
    /// Always null: there are few.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// The state of a projection.
#[derive(ToSchema)]
struct Projection {
    /// Its name.
    name: String,
    /// The version of its code.
    version: u32,
    /// What it does.
    state: ProjectionState,
    /// The generation of its tables that queries see.
    #[schema(required)]
    generation: Option<u64>,
    /// The version of the code that filled that generation.
    #[schema(required)]
    generation_version: Option<u32>,
    /// The last position that queries see.
    position: u64,
    /// How many events of the log lie behind it.
    lag_events: u64,
    /// The age in seconds of the first event behind it.
    lag_seconds: f64,
    /// How many of its partitions are parked.
    parked: u64,
    /// How many of these are parked at an event that only a newer Khata knows.
    parked_newer_schema: u64,
    /// How many events operators have skipped in it.
    skipped: u64,
    /// How far its rebuild has come, while there is one.
    #[schema(required)]
    rebuild: Option<RebuildProgress>,
    /// What its last comparing rebuild found, since the start of the server.
    #[schema(required, value_type = Option<Object>)]
    comparison: Option<serde_json::Value>,
    /// Who feeds it, in this process or another one.
    #[schema(required)]
    holder: Option<String>,
    /// What keeps it from making progress.
    #[schema(required)]
    error: Option<String>,
}

/// The activity of a projection.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ProjectionState {
    /// It follows the log.
    Running,
    /// A new generation is being filled; an old one may serve meanwhile.
    Rebuilding,
    /// The log or the view store fails; it is tried again and again.
    Stalled,
    /// No runner feeds it, in no process.
    Stopped,
}

/// How far a rebuild has come.
#[derive(ToSchema)]
struct RebuildProgress {
    /// The last position folded.
    position: u64,
    /// The position it has to reach.
    head: u64,
    /// How many events it folds per second at present.
    events_per_second: u64,
    /// Whole seconds left at that rate.
    #[schema(required)]
    seconds_left: Option<u64>,
}

/// A rebuild that has begun.
#[derive(ToSchema)]
pub(super) struct RebuildStarted {
    /// The generation that is being filled.
    generation: u64,
    /// Whether it will be compared with the one that it replaces.
    compare: bool,
}

/// Parked partitions.
#[derive(ToSchema)]
pub(super) struct ParkedList {
    /// In order of position.
    items: Vec<Parked>,
    /// Gives the next page; null at the end.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// A partition whose event cannot be processed.
#[derive(ToSchema)]
struct Parked {
    /// Names it for retry and skip.
    #[schema(example = "3-1042")]
    id: String,
    /// The projection.
    projection: String,
    /// The partition, such as an account.
    partition: String,
    /// The event that failed.
    position: u64,
    /// The reason, in words.
    error: String,
    /// The reason, as a code.
    cause: ParkedCause,
    /// How often it was tried.
    attempts: u32,
    /// When it was last tried.
    #[schema(value_type = Timestamp)]
    parked_at: jiff::Timestamp,
    /// How many later events wait behind it.
    waiting: u64,
}

/// Why a partition is parked.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ParkedCause {
    /// The event cannot be folded.
    Failed,
    /// Only a newer Khata knows the event: it goes on by itself once that one runs.
    NewerSchema,
    /// The events before it have been retried, and it is next.
    Retrying,
}

/// Skipped events.
#[derive(ToSchema)]
pub(super) struct SkippedList {
    /// In order of position.
    items: Vec<SkippedEvent>,
    /// Gives the next page; null at the end.
    #[schema(required)]
    next_cursor: Option<String>,
}

/// An event that an operator has skipped in a projection.
#[derive(ToSchema)]
struct SkippedEvent {
    /// The projection.
    projection: String,
    /// What was parked at it; empty where that is not known.
    partition: String,
    /// The event.
    position: u64,
    /// Why it could not be processed.
    error: String,
    /// When that was chosen.
    #[schema(value_type = Timestamp)]
    skipped_at: jiff::Timestamp,
}

/// What a retry or skip came to.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) struct ReplayOutcome {
    /// `released`, or `parked` again.
    outcome: String,
    /// How many events were folded.
    folded: u64,
    /// Where it is parked now.
    id: Option<String>,
    /// Why it is parked.
    error: Option<String>,
}
