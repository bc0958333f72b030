//! The stores, opened by this process, behind the same routes that a server has: without a socket.

use super::Reply;
use crate::{
    app::HttpSettings,
    failure::Failure,
    http,
    options::GlobalOptions,
    part::{Part, Role},
    serve::{ProcessPlan, Stance, StartOptions, System, runtime},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::Request,
};
use khata_application::{
    access::Principal,
    import::{ImportSession, Report, Stop},
};
use serde_json::Value;
use std::{sync::Arc, time::Duration};
use tokio::{runtime::Runtime, sync::watch};
use tower::ServiceExt;

/// How long the views stay reserved for a command that feeds them and is killed.
const LEASE: Duration = Duration::from_secs(6);

/// Stores that this process has opened. Dropping it closes them in order.
pub(crate) struct InProcess {
    runtime: Runtime,
    routes: Router,
    system: Option<System>,
    _going_on: watch::Sender<bool>,
}

impl InProcess {
    /// Opens the stores. Views in SQLite are fed meanwhile; views that processes share only where that is
    /// wanted.
    pub(super) fn open(options: &GlobalOptions, feeding: bool, stance: Stance) -> Result<Self, Failure> {
        let runtime = runtime()?;
        let feeding = feeding || options.store_urls()?.views.directory().is_some();
        let roles = [Role::Api, Role::Projector].into_iter().filter(|role| feeding || *role == Role::Api);
        let part = Part::whole(options.namespace()?).with_roles(roles);
        let (going_on, stopping) = watch::channel(false);
        let start = StartOptions {
            settings: HttpSettings::default(),
            // Whoever may open the stores may do anything with them.
            tokens: None,
            part,
            lease: LEASE,
            relay: None,
            processes: ProcessPlan::default(),
            gateways: Vec::new(),
            stance,
            accept_lost_tail: false,
            stopping,
        };
        let system = runtime.block_on(System::start(options, start))?;
        let routes = http::router(Arc::clone(system.app()));
        Ok(Self { runtime, routes, system: Some(system), _going_on: going_on })
    }

    pub(super) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Reply, Failure> {
        let unsendable = |error| Failure::because(format!("{method} {path} cannot be asked"), error);
        let builder = Request::builder().method(method).uri(path).header("host", "localhost");
        let request = match body {
            Some(body) => {
                builder.header("content-type", "application/json").body(Body::from(body.to_string()))
            }
            None => builder.body(Body::empty()),
        };
        let request = request.map_err(unsendable)?;
        self.runtime.block_on(async {
            let answer = self.routes.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
            let status = answer.status().as_u16();
            let body = to_bytes(answer.into_body(), usize::MAX)
                .await
                .map_err(|error| Failure::because("the answer broke off", error))?;
            Ok(Reply { status, body: body.to_vec() })
        })
    }

    /// Imports what `feed` gives to a session.
    pub(crate) fn import(&self, feed: impl AsyncFnOnce(&mut ImportSession<'_>)) -> (Report, Option<Stop>) {
        let importer = self.system.as_ref().map(|system| &system.app().importer);
        self.runtime.block_on(async {
            match importer {
                Some(importer) => {
                    let mut session = importer.begin(Principal::local());
                    feed(&mut session).await;
                    session.finish().await
                }
                None => (Report::default(), None),
            }
        })
    }
}

impl Drop for InProcess {
    fn drop(&mut self) {
        if let Some(system) = self.system.take() {
            self.runtime.block_on(system.close());
        }
    }
}
