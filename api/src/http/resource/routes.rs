//! The builder of an aggregate's routes: each method is one kind of route, declared by its [`Operation`] and a function.

use super::{
    Resource,
    operation::{Operation, Place},
    route::Route,
};
use crate::{
    app::App,
    http::{
        answer::CommandAnswer,
        problem::Problem,
        request::{
            Reader,
            command::{self, CommandRequest},
            path::{self, PathPart},
            principal::Asker,
            query_string::{NoParameters, Parameters},
        },
    },
};
use axum::{
    extract::{RawPathParams, Request},
    response::Response,
};
use khata_application::command::{Answer, CommandContext, CommandError};
use khata_domain::ids::TypedId;
use serde::de::DeserializeOwned;
use std::{marker::PhantomData, sync::Arc};
use utoipa::ToSchema;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// The body of a command.
pub(crate) trait Taken: DeserializeOwned + ToSchema + Send + 'static {}

impl<B: DeserializeOwned + ToSchema + Send + 'static> Taken for B {}

/// The routes of an aggregate.
pub(crate) struct Routes<A> {
    router: OpenApiRouter<Arc<App>>,
    aggregate: PhantomData<fn() -> A>,
}

impl<A: Resource> Routes<A> {
    /// The list, one, its past and its events; then what each of the parts adds.
    pub(crate) fn of(parts: &[fn(Self) -> Self]) -> OpenApiRouter<Arc<App>> {
        let routes = Self { router: OpenApiRouter::new(), aggregate: PhantomData };
        parts.iter().fold(routes.questions(), |routes, add| add(routes)).router
    }

    /// A route that declares itself.
    pub(crate) fn route(self, route: UtoipaMethodRouter<Arc<App>>) -> Self {
        Self { router: self.router.routes(route), ..self }
    }

    /// A command that makes one.
    pub(crate) fn create<B, F, R>(self, operation: Operation, run: F) -> Self
    where
        B: Taken,
        F: Fn(Arc<App>, CommandContext, B) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Answer<A>, CommandError>> + Send + 'static,
    {
        self.run(operation, no_id, move |app, context, (), body| {
            let answer = run(app, context, body);
            async move { Ok(CommandAnswer::created(answer.await?)) }
        })
    }

    /// A command that makes one, as its body says it, under the id that the client chose or a fresh one.
    pub(crate) fn make<B, C, F>(self, operation: Operation, command: F) -> Self
    where
        A::Id: TypedId,
        B: Taken,
        C: Into<A::Command>,
        F: Fn(B) -> (Option<A::Id>, C) + Send + Sync + 'static,
    {
        self.run(operation, no_id, move |app, context, (), body| {
            let (chosen, command) = command(body);
            make(app, context, chosen, command.into())
        })
    }

    /// A command to one, as its body says it.
    pub(crate) fn command<B, C, F>(self, operation: Operation, command: F) -> Self
    where
        B: Taken,
        C: Into<A::Command>,
        F: Fn(B) -> C + Send + Sync + 'static,
    {
        self.command_with(operation, move |_, context, body| (context, command(body)))
    }

    /// A command to one that takes more than its body says: a day, settings, a fresh id.
    pub(crate) fn command_with<B, C, F>(self, operation: Operation, command: F) -> Self
    where
        B: Taken,
        C: Into<A::Command>,
        F: Fn(&App, CommandContext, B) -> (CommandContext, C) + Send + Sync + 'static,
    {
        self.run(operation, id::<A>, move |app, context, id, body| {
            let (context, command) = command(&app, context, body);
            execute(app, context, id, command.into())
        })
    }

    /// A command to a part of one, as its path and body say it.
    pub(crate) fn part_command<P, B, C, F>(self, operation: Operation, command: F) -> Self
    where
        P: PathPart,
        B: Taken,
        C: Into<A::Command>,
        F: Fn(P, B) -> C + Send + Sync + 'static,
    {
        self.part_command_with(operation, move |context, part, body| (context, command(part, body)))
    }

    /// A command to a part of one that counts for another time than now.
    pub(crate) fn part_command_with<P, B, C, F>(self, operation: Operation, command: F) -> Self
    where
        P: PathPart,
        B: Taken,
        C: Into<A::Command>,
        F: Fn(CommandContext, P, B) -> (CommandContext, C) + Send + Sync + 'static,
    {
        self.run(operation.of_part::<P>(), ids::<A, P>, move |app, context, (id, part), body| {
            let (context, command) = command(context, part, body);
            execute(app, context, id, command.into())
        })
    }

    /// A use case on one: it gathers facts, or spans several aggregates.
    pub(crate) fn use_case<B, F, R>(self, operation: Operation, run: F) -> Self
    where
        B: Taken,
        F: Fn(Arc<App>, CommandContext, A::Id, B) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Answer<A>, CommandError>> + Send + 'static,
    {
        self.run(operation, id::<A>, move |app, context, id, body| {
            let answer = run(app, context, id, body);
            async move { Ok(CommandAnswer::done(answer.await?)) }
        })
    }

    /// A use case on a part of one.
    pub(crate) fn part_use_case<P, B, F, R>(self, operation: Operation, run: F) -> Self
    where
        P: PathPart,
        B: Taken,
        F: Fn(Arc<App>, CommandContext, A::Id, P, B) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Answer<A>, CommandError>> + Send + 'static,
    {
        self.run(operation.of_part::<P>(), ids::<A, P>, move |app, context, (id, part), body| {
            let answer = run(app, context, id, part, body);
            async move { Ok(CommandAnswer::done(answer.await?)) }
        })
    }

    /// A command to one that has more to tell than the state.
    pub(crate) fn telling<B, F, R>(self, operation: Operation, run: F) -> Self
    where
        B: Taken,
        F: Fn(Arc<App>, CommandContext, A::Id, B) -> R + Send + Sync + 'static,
        R: Future<Output = Result<CommandAnswer<A>, Problem>> + Send + 'static,
    {
        self.run(operation, id::<A>, run)
    }

    /// A question about one.
    pub(crate) fn question<P, F, R>(self, operation: Operation, answer: F) -> Self
    where
        P: Parameters,
        F: Fn(Arc<App>, A::Id, P, Reader) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Response, Problem>> + Send + 'static,
    {
        self.ask(operation, id::<A>, answer)
    }

    /// A question about a part of one.
    pub(crate) fn part_question<P, F, R>(self, operation: Operation, answer: F) -> Self
    where
        P: PathPart,
        F: Fn(Arc<App>, A::Id, P, Reader) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Response, Problem>> + Send + 'static,
    {
        self.ask(operation.of_part::<P>(), ids::<A, P>, move |app, (id, part), NoParameters {}, reader| {
            answer(app, id, part, reader)
        })
    }

    /// A command that begins with what its path names.
    fn run<K, B, F, R>(self, operation: Operation, key: Key<K>, run: F) -> Self
    where
        K: Send + 'static,
        B: Taken,
        F: Fn(Arc<App>, CommandContext, K, B) -> R + Send + Sync + 'static,
        R: Future<Output = Result<CommandAnswer<A>, Problem>> + Send + 'static,
    {
        let (run, creates) = (Arc::new(run), operation.creates());
        let route = Route::of(move |app: Arc<App>, mut request: Request| {
            let run = Arc::clone(&run);
            async move {
                let key = key(&path::params(&mut request).await?)?;
                let asker = Asker::of(request.extensions())?;
                let CommandRequest { context, body } = command::read::<B>(request, &app, creates).await?;
                let answer = run(Arc::clone(&app), context, key, body).await?;
                answered(&app, &asker, answer)
            }
        });
        self.add(operation.takes::<B>().answers_command::<A::Body>(), route)
    }

    /// A question that begins with what its path names.
    pub(super) fn ask<K, P, F, R>(self, operation: Operation, key: Key<K>, answer: F) -> Self
    where
        K: Send + 'static,
        P: Parameters,
        F: Fn(Arc<App>, K, P, Reader) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Response, Problem>> + Send + 'static,
    {
        let answer = Arc::new(answer);
        let route = Route::of(move |app: Arc<App>, mut request: Request| {
            let answer = Arc::clone(&answer);
            async move {
                let key = key(&path::params(&mut request).await?)?;
                let parameters = P::read(request.uri().query().unwrap_or_default())?;
                let headers = std::mem::take(request.headers_mut());
                let reader = Reader { asker: Asker::of(request.extensions())?, headers };
                answer(app, key, parameters, reader).await
            }
        });
        self.add(operation.asks(P::described()), route)
    }

    fn add(self, operation: Operation, route: Route) -> Self {
        self.route(operation.describe(&Place { collection: A::COLLECTION, form: form::<A>() }, route))
    }
}

/// What its ids look like: `acc_…`.
fn form<A: Resource>() -> String {
    // Nothing is no id, and whoever takes it for one is told of which form ids are.
    let form = "".parse::<A::Id>().map_or_else(|error| error.expected, |_| "");
    form.replace("<uuid>", "…")
}

/// Reads what a path names.
pub(super) type Key<K> = fn(&RawPathParams) -> Result<K, Problem>;

pub(super) fn no_id(_: &RawPathParams) -> Result<(), Problem> {
    Ok(())
}

fn id<A: Resource>(params: &RawPathParams) -> Result<A::Id, Problem> {
    path::nth(params, 0)
}

fn ids<A: Resource, P: PathPart>(params: &RawPathParams) -> Result<(A::Id, P), Problem> {
    Ok((path::nth(params, 0)?, path::nth(params, 1)?))
}

/// Makes one by its first command.
async fn make<A: Resource<Id: TypedId>>(
    app: Arc<App>,
    context: CommandContext,
    chosen: Option<A::Id>,
    command: A::Command,
) -> Result<CommandAnswer<A>, Problem> {
    let id = chosen.unwrap_or_else(|| A::Id::from_uuid(app.ids.uuid()));
    let made =
        app.executor.create::<A>(&context, id, &[], |unit| unit.decide::<A>(id, command.clone()).map(drop));
    Ok(CommandAnswer::created(made.await?))
}

/// Puts a command to one.
async fn execute<A: Resource>(
    app: Arc<App>,
    context: CommandContext,
    id: A::Id,
    command: A::Command,
) -> Result<CommandAnswer<A>, Problem> {
    Ok(CommandAnswer::done(app.executor.execute::<A>(&context, id, command).await?))
}

/// What a command came to, as clients see it.
fn answered<A: Resource>(app: &App, asker: &Asker, answer: CommandAnswer<A>) -> Result<Response, Problem> {
    answer.response_in(asker, A::COLLECTION, |picture| {
        let day = app.calendar().date(picture.at);
        A::show_state(picture, day)
    })
}
