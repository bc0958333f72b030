//! One session: from acquiring leases until that ends. Between sessions a runner stands by.

use super::{
    acquire, changes::Changes, context::Context, ended::Ended, leases::SessionLeases, live::Live,
    message::Message, startup,
};
use crate::operations::{OperationError, Order};
use khata_application::subscription::{Activity, LeaseGrant};
use tokio::sync::{mpsc, oneshot};

/// Acquires what nobody else feeds, and works until there is a reason to end. `releases` are those
/// since before the request.
pub(super) async fn session(
    context: &Context,
    inbox: &mut mpsc::UnboundedReceiver<Message>,
    releases: &Changes,
) -> Ended {
    // One that nobody holds any more must not acquire anything again. If that happens in the very instant of
    // the request, whoever has come in its place under the same name is shut out and gets the leases back
    // when it asks again.
    if context.stop.is_set() {
        return Ended::Stopped;
    }
    let grant = match acquire::acquire(context).await {
        Ok(Some(grant)) => grant,
        Ok(None) => return Ended::Idle,
        Err(ended) => return ended,
    };
    let leases = SessionLeases::begin(context, &grant, releases.clone());
    let ended = work(context, inbox, &grant).await;
    drop(leases);
    context.status.set_fed(&[]);
    if ended == Ended::Stopped && !context.stop.is_abandoned() {
        release(context, grant.epoch).await;
    }
    ended
}

async fn work(context: &Context, inbox: &mut mpsc::UnboundedReceiver<Message>, grant: &LeaseGrant) -> Ended {
    tracing::info!(target: "lifecycle", epoch = grant.epoch, projections = ?grant.names, "this process feeds the views now");
    let ended = match startup::open(context, grant.epoch, &grant.names).await {
        Ok(opened) => {
            context.status.set_fed(&grant.names);
            context.status.runner().set_working();
            Live::begin(context, grant.epoch, opened.live).run(inbox, opened.building).await
        }
        Err(ended) => ended,
    };
    discard_unusable(context, grant.epoch, ended).await
}

/// A generation that cannot be gone on with is thrown away; the next session makes it anew.
async fn discard_unusable(context: &Context, epoch: u64, ended: Ended) -> Ended {
    let Ended::DiscardGeneration { generation, reason } = ended else { return ended };
    tracing::error!(%generation, reason, "a generation is thrown away");
    match context.retry(async || Ok(context.ports.store.discard(epoch, generation).await?)).await {
        Ok(()) => Ended::Restart(reason),
        Err(ended) => ended,
    }
}

/// Releases the leases, so that a successor need not wait until they have run out.
async fn release(context: &Context, epoch: u64) {
    if let Err(error) = context.ports.store.release(epoch).await {
        tracing::warn!(%error, "the leases of the views could not be released: they run out by themselves");
    }
}

/// Waits until it is time to ask again. Nothing can be done meanwhile for operators who ask here.
pub(super) async fn stand_by(
    context: &Context,
    inbox: &mut mpsc::UnboundedReceiver<Message>,
    mut releases: Changes,
) {
    context.status.runner().set(Activity::StandingBy);
    let refuse = async {
        while let Some(message) = inbox.recv().await {
            decline(message);
        }
    };
    tokio::select! {
        () = releases.next_within(context.config.standby) => {}
        () = refuse => {}
        () = context.stop.stopped() => {}
    }
}

fn decline(message: Message) {
    match message {
        Message::Ordered(Order::Rebuild { reply, .. }) => decline_to(reply),
        Message::Ordered(Order::Replay { reply, .. }) => decline_to(reply),
        // From a session that is over.
        Message::Granted { .. }
        | Message::Lost { .. }
        | Message::Rebuilt { .. }
        | Message::RebuildEnded { .. }
        | Message::Compared { .. } => {}
    }
}

fn decline_to<T>(reply: oneshot::Sender<Result<T, OperationError>>) {
    // The operator may have gone.
    let _unheard = reply.send(Err(OperationError::NotRunning));
}
