//! Where keys come from: a secret in a file, a key set in a file, a key set that is published at an address; and how long what was
//! fetched from there is believed.

use super::{
    Fetch, TokenSecret, jwks,
    keys::{KeySet, NoKey, VerifyingKey},
};
use jiff::{SignedDuration, Timestamp};
use khata_application::{Clock, access::Unauthenticated};
use metrics::counter;
use parking_lot::RwLock;
use std::sync::Arc;

/// Keys older than this are fetched anew, behind the back of those who use them.
const REFRESH_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// Beyond this nobody is let in by them before it was tried to fetch them anew.
const WAIT_AFTER: SignedDuration = SignedDuration::from_mins(20);
/// Keys that could not be fetched anew for so long are believed no more.
const KEEP_FOR: SignedDuration = SignedDuration::from_hours(24);
/// They are asked for at most so often, whatever tokens say.
const TRY_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// The keys that tokens are checked with.
pub struct KeyRing {
    /// Fetches the published set, if there is one.
    fetch: Option<Fetch>,
    clock: Arc<dyn Clock>,
    state: RwLock<State>,
    /// Held by the one who is fetching.
    fetching: tokio::sync::Mutex<()>,
}

struct State {
    /// Of files: they are there as long as the process is, or until it is told to read them again.
    of_files: Vec<VerifyingKey>,
    held: Arc<Held>,
    /// What the published set was, to the byte.
    published: Option<blake3::Hash>,
    fetched_at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
    /// The last try failed.
    failing: bool,
}

/// The keys at one time.
pub(super) struct Held {
    pub(super) keys: KeySet,
    /// Why those that are published are not among them.
    lacking: Option<String>,
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys = self.state.read().held.keys.len();
        f.debug_struct("KeyRing").field("keys", &keys).finish_non_exhaustive()
    }
}

impl KeyRing {
    /// The keys of files, and those that `fetch` brings. Nothing is fetched before somebody needs a key.
    pub fn new(files: FileKeys, fetch: Option<Fetch>, clock: Arc<dyn Clock>) -> Arc<Self> {
        let lacking = fetch.is_some().then(|| "the keys were not fetched yet".to_owned());
        let held = Arc::new(Held { keys: KeySet::new(files.0.clone()), lacking });
        let state = State {
            of_files: files.0,
            held,
            published: None,
            fetched_at: None,
            tried_at: None,
            failing: false,
        };
        Arc::new(Self { fetch, clock, state: RwLock::new(state), fetching: tokio::sync::Mutex::default() })
    }

    /// Takes what files hold by now, in the place of what they held, and has the published set fetched anew by the next who asks.
    pub fn take_files(&self, files: FileKeys) {
        let mut state = self.state.write();
        let of_files = std::mem::replace(&mut state.of_files, files.0);
        let fetched = state.held.keys.others_than(&of_files);
        let lacking = state.held.lacking.clone();
        let keys = KeySet::new(state.of_files.iter().cloned().chain(fetched).collect());
        state.held = Arc::new(Held { keys, lacking });
        state.fetched_at =
            state.fetched_at.map(|at| at.saturating_sub(REFRESH_AFTER).unwrap_or(Timestamp::MIN));
    }

    /// The keys that are there, however old.
    pub(super) fn present(&self) -> Arc<Held> {
        Arc::clone(&self.state.read().held)
    }

    /// The keys at present. Who needs them waits for those that are fetched, but for nobody who did not answer the last time.
    pub(super) async fn held(self: &Arc<Self>, now: Timestamp) -> Arc<Held> {
        if self.fetch.is_none() {
            return self.present();
        }
        let (held, age, failing) = {
            let state = self.state.read();
            (Arc::clone(&state.held), state.fetched_at.map(|at| now.duration_since(at)), state.failing)
        };
        // A clock that was set back says nothing of how old they are.
        match age.filter(|age| !age.is_negative()) {
            Some(age) if age < REFRESH_AFTER => held,
            Some(age) if age < WAIT_AFTER => {
                self.fetch_behind();
                held
            }
            _ => {
                if failing {
                    self.fetch_behind();
                } else {
                    self.fetched().await;
                }
                self.state.write().forget(self.clock.now())
            }
        }
    }

    /// Whether there may be other keys by now than these: fetches them, unless that was tried a moment ago.
    pub(super) async fn look_again(self: &Arc<Self>, held: &Arc<Held>) -> bool {
        let is_replaced = || !Arc::ptr_eq(&self.state.read().held, held);
        is_replaced() || (self.fetch.is_some() && self.fetched().await && is_replaced())
    }

    /// Why a token for which some keys have none is not accepted: while the others cannot be fetched, nobody can tell.
    pub(super) fn lack(&self, held: &Held, no_key: NoKey) -> Unauthenticated {
        let failing = || self.state.read().failing.then(|| "they cannot be fetched anew".to_owned());
        match no_key {
            NoKey::Unknown => match held.lacking.clone().or_else(failing) {
                Some(reason) => Unauthenticated::Unavailable(reason),
                None => Unauthenticated::Invalid("no key is known that it can be signed with"),
            },
            NoKey::OtherAlgorithm => Unauthenticated::Invalid("its algorithm is not the one of its key"),
            NoKey::Ambiguous => Unauthenticated::Invalid("it does not say which key it is signed with"),
        }
    }

    /// Fetches them in a task of its own, unless that was tried a moment ago.
    fn fetch_behind(self: &Arc<Self>) {
        if self.may_try(self.clock.now()) {
            let ring = Arc::clone(self);
            tokio::spawn(async move { ring.fetch_once().await });
        }
    }

    /// Waits until they were fetched, by this one or by somebody else. False if that was tried a moment ago, or is tried behind the back of
    /// whoever asks, since it failed the last time.
    async fn fetched(self: &Arc<Self>) -> bool {
        if self.state.read().failing {
            self.fetch_behind();
            return false;
        }
        if self.may_try(self.clock.now()) {
            // In a task of its own: it is not broken off with the request that began it.
            let ring = Arc::clone(self);
            return tokio::spawn(async move { ring.fetch_once().await }).await.is_ok();
        }
        if self.fetching.try_lock().is_ok() {
            return false;
        }
        drop(self.fetching.lock().await);
        true
    }

    fn may_try(&self, now: Timestamp) -> bool {
        self.state.read().may_try(now)
    }

    async fn fetch_once(&self) {
        let _one_at_a_time = self.fetching.lock().await;
        let Some(fetch) = self.fetch.clone() else { return };
        {
            let (mut state, now) = (self.state.write(), self.clock.now());
            if !state.may_try(now) {
                return;
            }
            state.tried_at = Some(now);
        }
        let fetched = tokio::task::spawn_blocking(move || fetch()).await;
        let fetched = fetched.unwrap_or_else(|error| Err(format!("fetching them broke off: {error}")));
        let read = fetched.and_then(|bytes| {
            let (keys, left_out) = jwks::read(&bytes)?;
            if keys.is_empty() {
                return Err(format!("the set has no key that can be used ({})", left_out.join("; ")));
            }
            Ok((blake3::hash(&bytes), keys, left_out))
        });
        let result = if read.is_ok() { "fetched" } else { "failed" };
        counter!("khata_token_key_fetches_total", "result" => result).increment(1);
        let now = self.clock.now();
        match read {
            Ok((published, keys, left_out)) => self.state.write().take(published, keys, &left_out, now),
            Err(reason) => self.state.write().keep(reason, now),
        }
    }
}

impl State {
    fn may_try(&self, now: Timestamp) -> bool {
        let since = self.tried_at.map(|at| now.duration_since(at));
        since.is_none_or(|since| since.is_negative() || since >= TRY_AFTER)
    }

    /// Takes a set that was fetched.
    fn take(
        &mut self,
        published: blake3::Hash,
        keys: Vec<VerifyingKey>,
        left_out: &[String],
        now: Timestamp,
    ) {
        self.fetched_at = Some(now);
        if std::mem::take(&mut self.failing) {
            tracing::info!("the keys of tokens can be fetched again");
        }
        if self.published.replace(published) == Some(published) && self.held.lacking.is_none() {
            return;
        }
        let (count, left_out) = (keys.len(), left_out.join("; "));
        tracing::info!(keys = count, left_out, "the keys of tokens were fetched, and are others than before");
        if !left_out.is_empty() {
            tracing::warn!(left_out, "published keys of tokens are left out");
        }
        let keys = KeySet::new(self.of_files.iter().cloned().chain(keys).collect());
        self.held = Arc::new(Held { keys, lacking: None });
    }

    /// Goes on with what was fetched before, for a while.
    fn keep(&mut self, reason: String, now: Timestamp) {
        if !std::mem::replace(&mut self.failing, true) {
            let fetched_at = self.fetched_at.map(tracing::field::display);
            tracing::warn!(
                reason,
                fetched_at,
                "the keys of tokens cannot be fetched; those that are known stay in use for 24 hours"
            );
        }
        if let Some(lacking) = &self.held.lacking
            && *lacking != reason
        {
            let keys = KeySet::new(self.of_files.clone());
            self.held = Arc::new(Held { keys, lacking: Some(reason) });
        }
        self.forget(now);
    }

    /// Forgets what was fetched too long ago; gives what is left.
    fn forget(&mut self, now: Timestamp) -> Arc<Held> {
        let is_too_old = self.fetched_at.is_some_and(|at| now.duration_since(at) >= KEEP_FOR);
        if is_too_old && self.held.lacking.is_none() {
            tracing::error!("the keys of tokens could not be fetched for 24 hours and are believed no more");
            let lacking = Some("they could not be fetched for 24 hours".to_owned());
            self.held = Arc::new(Held { keys: KeySet::new(self.of_files.clone()), lacking });
        }
        Arc::clone(&self.held)
    }
}

/// Keys out of files.
#[derive(Clone, Default)]
pub struct FileKeys(Vec<VerifyingKey>);

impl FileKeys {
    /// The key of a secret, if there is one, and those of a key set, if there is one. Keys of it that are not taken are told to the log.
    ///
    /// # Errors
    /// The set is none, or has no key that can be used: the words for people.
    pub fn of(secret: Option<&TokenSecret>, set: Option<&[u8]>) -> Result<Self, String> {
        let mut keys: Vec<VerifyingKey> = secret.map(TokenSecret::verifying_key).into_iter().collect();
        if let Some(set) = set {
            let (of_set, left_out) = jwks::read(set)?;
            let left_out = left_out.join("; ");
            if of_set.is_empty() {
                return Err(format!("it has no key that can be used ({left_out})"));
            }
            if !left_out.is_empty() {
                tracing::warn!(left_out, "keys of tokens are left out");
            }
            keys.extend(of_set);
        }
        Ok(Self(keys))
    }
}
