//! What the description tells of one operation: said where the route is declared, completed by what its aggregate is.

use super::{
    answers::{Described, Naming, command_answer},
    route::Route,
};
use crate::{
    app::App,
    http::{
        request::path::PathPart,
        schemas::{self, ListSchema},
    },
};
use axum::routing::MethodRouter;
use std::{borrow::Cow, sync::Arc};
use utoipa::{
    ToSchema,
    openapi::{
        HttpMethod, ObjectBuilder, RefOr, Required, ResponseBuilder, Schema,
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem, PathsBuilder},
        request_body::{RequestBody, RequestBodyBuilder},
    },
};
use utoipa_axum::{PathItemExt, router::UtoipaMethodRouter};

const JSON: &str = "application/json";

type Text = Cow<'static, str>;

/// What names a part in a path, and the kind of its values.
type PartSchema = (&'static str, fn() -> ObjectBuilder);

/// An operation as it is declared.
pub(crate) struct Operation {
    method: HttpMethod,
    /// Below the aggregate; `None` for the collection itself.
    path: Option<&'static str>,
    id: Text,
    summary: Text,
    /// The part, if it is about one.
    part: Option<PartSchema>,
    parameters: Vec<Parameter>,
    body: Option<RequestBody>,
    body_is_optional: bool,
    /// What the 200 or 201 says.
    done: Text,
    naming: Option<&'static Naming>,
    answer: Option<Described>,
    schemas: Vec<(String, RefOr<Schema>)>,
}

/// Where an aggregate's operations lie.
pub(super) struct Place {
    pub(super) collection: &'static str,
    /// That of its ids: `acc_…`.
    pub(super) form: String,
}

/// A command to what exists, by its path below that.
pub(crate) fn post(path: &'static str, id: &'static str) -> Operation {
    Operation::new(HttpMethod::Post, Some(path), id)
}

/// A command that takes something out.
pub(crate) fn delete(path: &'static str, id: &'static str) -> Operation {
    Operation::new(HttpMethod::Delete, Some(path), id)
}

/// A command that makes one.
pub(crate) fn creation(id: &'static str) -> Operation {
    Operation::new(HttpMethod::Post, None, id)
}

/// A question about what exists, by its path below that.
pub(crate) fn get(path: &'static str, id: impl Into<Text>) -> Operation {
    Operation::new(HttpMethod::Get, Some(path), id)
}

impl Operation {
    fn new(method: HttpMethod, path: Option<&'static str>, id: impl Into<Text>) -> Self {
        Self {
            method,
            path,
            id: id.into(),
            summary: Text::default(),
            part: None,
            parameters: Vec::new(),
            body: None,
            body_is_optional: false,
            done: Text::default(),
            naming: None,
            answer: None,
            schemas: Vec::new(),
        }
    }

    /// What it does, in a sentence or two.
    pub(crate) fn about(self, summary: impl Into<Text>) -> Self {
        Self { summary: summary.into(), ..self }
    }

    /// What names the part that it is about, where there is more to tell than its type does.
    pub(crate) fn part(self, meaning: &'static str) -> Self {
        Self { part: Some((meaning, schemas::text)), ..self }
    }

    /// The body may be left out.
    pub(crate) fn optional(self) -> Self {
        Self { body_is_optional: true, ..self }
    }

    /// What a command has done once it is answered.
    pub(crate) fn done(self, done: &'static str) -> Self {
        Self { done: done.into(), ..self }
    }

    /// What a command's answer names beside the state.
    pub(crate) fn naming(self, naming: &'static Naming) -> Self {
        Self { naming: Some(naming), ..self }
    }

    /// What it is answered with.
    pub(crate) fn answers<T: ToSchema>(self, done: impl Into<Text>) -> Self {
        Self { done: done.into(), answer: Some(Described::of::<T>()), ..self }
    }

    /// A list that it is answered with.
    pub(crate) fn answers_list<T: ToSchema>(self, done: impl Into<Text>) -> Self {
        Self { done: done.into(), answer: Some(Described::generic::<ListSchema<T>, T>()), ..self }
    }

    /// It is about the whole collection.
    pub(super) fn of_all(self) -> Self {
        Self { path: None, ..self }
    }

    pub(super) fn creates(&self) -> bool {
        self.path.is_none()
    }

    pub(super) fn of_part<P: PathPart>(self) -> Self {
        Self { part: self.part.or(Some((P::MEANING, P::KIND))), ..self }
    }

    pub(super) fn asks(self, parameters: Vec<Parameter>) -> Self {
        Self { parameters, ..self }
    }

    pub(super) fn takes<B: ToSchema>(mut self) -> Self {
        let body = Described::of::<B>();
        if body.is_empty() {
            return self;
        }
        let required = if self.body_is_optional { None } else { Some(Required::True) };
        self.body = Some(RequestBodyBuilder::new().content(JSON, body.content()).required(required).build());
        self.schemas.extend(body.schemas);
        self
    }

    pub(super) fn answers_command<T: ToSchema>(self) -> Self {
        let answer = self.answer.unwrap_or_else(|| command_answer::<T>(self.naming));
        Self { answer: Some(answer), ..self }
    }

    /// The route with its description.
    pub(super) fn describe(self, place: &Place, route: Route) -> UtoipaMethodRouter<Arc<App>> {
        let path = self.full_path(place);
        let filter = self.method.to_method_filter();
        let mut operation = OperationBuilder::new()
            .tag(place.collection)
            .operation_id(Some(self.id))
            .summary(Some(self.summary))
            .parameters(Some(path_parameters(&path, place, self.part)))
            .parameters(Some(self.parameters))
            .request_body(self.body);
        let mut schemas = self.schemas;
        if let Some(answer) = self.answer {
            let status = if self.method == HttpMethod::Post && self.path.is_none() { "201" } else { "200" };
            let response = ResponseBuilder::new().description(self.done).content(JSON, answer.content());
            operation = operation.response(status, response);
            schemas.extend(answer.schemas);
        }
        let item = PathItem::new(self.method, operation.build());
        (schemas, PathsBuilder::new().path(path, item).build(), MethodRouter::new().on(filter, route))
    }

    fn full_path(&self, place: &Place) -> String {
        let collection = format!("/v1/{}", place.collection);
        match self.path {
            None => collection,
            Some("") => format!("{collection}/{{id}}"),
            Some(path) => format!("{collection}/{{id}}/{path}"),
        }
    }
}

/// What the braces of a path stand for: the aggregate's id, then what names a part.
fn path_parameters(path: &str, place: &Place, part: Option<PartSchema>) -> Vec<Parameter> {
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let id: (Text, fn() -> ObjectBuilder) = (format!("`{}`", place.form).into(), schemas::text);
    let part = part.map(|(meaning, kind)| (meaning.into(), kind));
    names
        .zip([id].into_iter().chain(part))
        .map(|(name, (meaning, kind))| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .description(Some(meaning))
                .schema(Some(kind()))
                .build()
        })
        .collect()
}
