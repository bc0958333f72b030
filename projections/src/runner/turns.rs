//! The live loop: what a session does next, until there is a reason to end.

use super::{ended::Ended, live::Live, member::Member, message::Message, startup};
use crate::operations::Order;
use tokio::sync::mpsc;

impl Live<'_> {
    /// Works until there is a reason to end. `building` are the generations that have to be filled first.
    pub(super) async fn run(
        mut self,
        inbox: &mut mpsc::UnboundedReceiver<Message>,
        building: Vec<Member>,
    ) -> Ended {
        let all: Vec<_> = self.members.iter().map(|member| member.name().to_owned()).collect();
        let begun = match self.begin_rebuilds(building) {
            Ok(()) => self.retry_what_is_known(&all).await,
            Err(ended) => Err(ended),
        };
        let ended = match begun {
            Ok(()) => self.go_on(inbox).await,
            Err(ended) => ended,
        };
        self.rebuilds.end();
        ended
    }

    async fn go_on(&mut self, inbox: &mut mpsc::UnboundedReceiver<Message>) -> Ended {
        loop {
            if self.context.stop.is_set() {
                let finished = if self.context.stop.is_abandoned() { Ok(()) } else { self.finish().await };
                return finished.err().unwrap_or(Ended::Stopped);
            }
            if let Err(ended) = self.turn(inbox).await {
                return ended;
            }
        }
    }

    /// One message, one replayed piece or one batch; rests if there is none of these.
    async fn turn(&mut self, inbox: &mut mpsc::UnboundedReceiver<Message>) -> Result<(), Ended> {
        while let Ok(message) = inbox.try_recv() {
            self.handle(message).await?;
        }
        let replayed = self.replay_a_piece().await?;
        if self.step().await? || replayed {
            return Ok(());
        }
        self.settle().await?;
        self.promote().await?;
        if self.has_more() || self.replays.any() {
            return Ok(());
        }
        tokio::select! {
            () = self.context.stop.stopped() => {}
            message = inbox.recv() => if let Some(message) = message { self.handle(message).await? },
            changed = self.head.changed() => if changed.is_err() {
                // The event store is gone: nothing will ever come, but operators may still ask.
                self.context.stop.stopped().await;
            },
        }
        Ok(())
    }

    async fn handle(&mut self, message: Message) -> Result<(), Ended> {
        match message {
            Message::Ordered(Order::Rebuild { projection, how, reply }) => {
                self.begin_rebuild(&projection, how, reply).await
            }
            Message::Ordered(Order::Replay { id, skip, reply }) => self.begin_replay(id, skip, reply).await,
            Message::Granted { epoch, projections } if epoch == self.epoch => self.join(&projections).await,
            Message::Lost { epoch, projection } if epoch == self.epoch => {
                Err(Ended::Superseded { projection })
            }
            Message::Rebuilt { epoch, member } if epoch == self.epoch => {
                self.rebuilds.filled(member.name());
                self.members.push(*member);
                Ok(())
            }
            Message::RebuildEnded { epoch, ended } if epoch == self.epoch => Err(ended),
            Message::Compared { epoch, generation, position, outcome } if epoch == self.epoch => {
                self.compared(generation, position, outcome);
                Ok(())
            }
            // From a session that is over.
            Message::Granted { .. }
            | Message::Lost { .. }
            | Message::Rebuilt { .. }
            | Message::RebuildEnded { .. }
            | Message::Compared { .. } => Ok(()),
        }
    }

    /// Goes on with projections that others fed until now, beside those at hand.
    async fn join(&mut self, projections: &[String]) -> Result<(), Ended> {
        tracing::info!(epoch = self.epoch, ?projections, "more views are fed here");
        let opened = startup::open(self.context, self.epoch, projections).await?;
        self.context.status.add_fed(projections);
        self.members.extend(opened.live);
        self.begin_rebuilds(opened.building)?;
        self.retry_what_is_known(projections).await
    }
}
