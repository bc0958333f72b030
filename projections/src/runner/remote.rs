//! What operators ask for in other processes: taken from the box, given to the live loop like what is asked
//! here, and answered.

use super::{context::Context, message::Message};
use crate::{
    operations::{Answer, OperationError, Order, RemoteOperation},
    view_store::Request,
};
use tokio::sync::oneshot;

/// Takes what is asked about these projections.
pub(super) async fn take(context: &Context, projections: &[String]) {
    match context.ports.store.requests().take(projections).await {
        Ok(requests) => requests.into_iter().for_each(|request| begin(context, request)),
        Err(error) => tracing::warn!(%error, "what operators ask for in other processes is not known"),
    }
}

fn begin(context: &Context, request: Request) {
    let Request { number, projection, operation } = request;
    match serde_json::from_str(&operation) {
        Ok(RemoteOperation::Rebuild(how)) => {
            let (reply, answer) = oneshot::channel();
            pass_on(context, number, Order::Rebuild { projection, how, reply }, answer, Answer::Started);
        }
        Ok(RemoteOperation::Replay { id, skip }) => {
            let (reply, answer) = oneshot::channel();
            pass_on(context, number, Order::Replay { id, skip, reply }, answer, Answer::Replayed);
        }
        Err(error) => tracing::warn!(%error, projection, "an operator asks for something unknown"),
    }
}

fn pass_on<T: Send + 'static>(
    context: &Context,
    number: u64,
    order: Order,
    answer: oneshot::Receiver<Result<T, OperationError>>,
    told: impl FnOnce(T) -> Answer + Send + 'static,
) {
    // If the runner has ended meanwhile the order is lost, and the answer says so.
    let _unheard = context.outbox.send(Message::Ordered(order));
    let store = context.ports.store.clone();
    context.runtime.spawn(async move {
        let answer = match answer.await.unwrap_or(Err(OperationError::NotRunning)) {
            Ok(done) => told(done),
            Err(error) => Answer::refused(&error),
        };
        let Ok(text) = serde_json::to_string(&answer) else { return };
        if let Err(error) = store.requests().answer(number, text).await {
            tracing::warn!(%error, "an operator in another process gets no answer");
        }
    });
}
