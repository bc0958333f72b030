//! What operators and their machines ask: is it alive, is it ready, how is it doing.

/// The process is alive.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}
