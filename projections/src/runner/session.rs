//! One session: from taking charge of projections until that ends. Between sessions a runner stands by.

use super::{
    claim,
    context::Context,
    ended::Ended,
    keeper::{Keeper, Ticks},
    live::Live,
    message::Message,
    startup,
};
use crate::{operations::OperationError, view_store::Charge};
use tokio::sync::{mpsc, oneshot};

/// Takes charge of what nobody else feeds, and works until there is a reason to end. `releases` are those
/// since before the claim.
pub(super) async fn session(
    context: &Context,
    inbox: &mut mpsc::UnboundedReceiver<Message>,
    releases: &Ticks,
) -> Ended {
    // One that nobody holds any more must not take charge again. If that happens in the very instant of the
    // claim, whoever has come in its place under the same name is shut out and gets the charge back when it
    // claims again.
    if context.is_stopping() {
        return Ended::Stopped;
    }
    let charge = match claim::claim(context).await {
        Ok(Some(charge)) => charge,
        Ok(None) => return Ended::Idle,
        Err(ended) => return ended,
    };
    let keeper = Keeper::begin(context, &charge, releases.clone());
    let ended = work(context, inbox, &charge).await;
    drop(keeper);
    context.board.tell_fed(&[]);
    if ended == Ended::Stopped && !context.is_abandoned() {
        release(context, charge.epoch).await;
    }
    ended
}

async fn work(context: &Context, inbox: &mut mpsc::UnboundedReceiver<Message>, charge: &Charge) -> Ended {
    tracing::info!(target: "lifecycle", epoch = charge.epoch, projections = ?charge.projections, "in charge of the views");
    let ended = match startup::open(context, charge.epoch, &charge.projections).await {
        Ok(opened) => {
            context.board.tell_fed(&charge.projections);
            context.board.tell_trouble(None);
            Live::begin(context, charge.epoch, opened.live).run(inbox, opened.building).await
        }
        Err(ended) => ended,
    };
    spoilt(context, charge.epoch, ended).await
}

/// A generation that cannot be gone on with is thrown away; the next session makes it anew.
async fn spoilt(context: &Context, epoch: u64, ended: Ended) -> Ended {
    let Ended::Spoilt { generation, reason } = ended else { return ended };
    tracing::error!(%generation, reason, "a generation is thrown away");
    match context.insist(async || Ok(context.ports.store.discard(epoch, generation).await?)).await {
        Ok(()) => Ended::Restart(reason),
        Err(ended) => ended,
    }
}

/// Gives the charge up, so that a successor need not wait until it has run out.
async fn release(context: &Context, epoch: u64) {
    if let Err(error) = context.ports.store.release(epoch).await {
        tracing::warn!(%error, "the charge of the views could not be given up: it runs out by itself");
    }
}

/// Waits until it is time to claim again. Nothing can be done meanwhile for operators who ask here.
pub(super) async fn stand_by(
    context: &Context,
    inbox: &mut mpsc::UnboundedReceiver<Message>,
    mut releases: Ticks,
) {
    let refuse = async {
        while let Some(message) = inbox.recv().await {
            decline(message);
        }
    };
    tokio::select! {
        () = releases.next_within(context.config.standby) => {}
        () = refuse => {}
        () = context.stopped() => {}
    }
}

fn decline(message: Message) {
    match message {
        Message::Rebuild { reply, .. } => decline_to(reply),
        Message::Replay { reply, .. } => decline_to(reply),
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
