//! The schemas of answers: what a command answers of any aggregate, and what it names of what it made.

use crate::http::schemas::{CommandAnswerSchema, date, number, text};
use utoipa::{
    ToSchema,
    openapi::{
        AllOfBuilder, Content, ContentBuilder, ObjectBuilder, Ref, RefOr, Schema,
        schema::{SchemaType, Type},
    },
};

/// A member that answers have beside the state.
pub(crate) struct Naming {
    /// The name of the answers' schema.
    schema: &'static str,
    about: &'static str,
    member: &'static str,
    meaning: &'static str,
    kind: fn() -> ObjectBuilder,
    /// Whether it is always there.
    is_required: bool,
}

/// The entry that was booked.
pub(crate) const ENTRY: Naming = Naming {
    schema: "EntryAnswer",
    about: "A command's answer that names the entry which it booked.",
    member: "transaction_id",
    meaning: "The entry, `txn_…`; `Location` tells where it can be read.",
    kind: text,
    is_required: true,
};

/// The entry that was booked, if there was anything to book.
pub(crate) const POSSIBLE_ENTRY: Naming = Naming {
    schema: "PossibleEntryAnswer",
    about: "A command's answer that names the entry which it booked, if there was anything to book.",
    meaning: "The entry, `txn_…`; missing where nothing was booked.",
    kind: text_or_null,
    is_required: false,
    ..ENTRY
};

/// The hold that was placed.
pub(crate) const HOLD: Naming = Naming {
    schema: "HoldAnswer",
    about: "A command's answer that names the hold which it placed.",
    member: "hold_id",
    meaning: "The hold's name; `Location` tells where it can be read.",
    ..ENTRY
};

/// The dispute that was opened.
pub(crate) const DISPUTE: Naming = Naming {
    schema: "DisputeAnswer",
    about: "A command's answer that names the dispute which it opened.",
    member: "dispute_id",
    meaning: "`dsp_…`; `Location` tells where it can be read.",
    ..ENTRY
};

/// The statement that was closed.
pub(crate) const STATEMENT: Naming = Naming {
    schema: "StatementAnswer",
    about: "A command's answer that names the statement which it closed.",
    member: "closing_date",
    meaning: "The last day of its period; `Location` tells where it can be read.",
    kind: date,
    ..ENTRY
};

/// The line that something was put on.
pub(crate) const LINE: Naming = Naming {
    schema: "ItemAnswer",
    about: "A command's answer that names the line which it put something on.",
    member: "line",
    meaning: "The line; `Location` tells where it can be read.",
    kind: number,
    ..ENTRY
};

/// A schema by its name, with all that it refers to.
pub(super) struct Described {
    pub(super) name: String,
    pub(super) schemas: Vec<(String, RefOr<Schema>)>,
}

impl Described {
    /// That of a type.
    pub(super) fn of<T: ToSchema>() -> Self {
        let name = T::name().into_owned();
        let mut schemas = vec![(name.clone(), T::schema())];
        T::schemas(&mut schemas);
        Self { name, schemas }
    }

    /// That of a generic type, which is named after what it holds, too.
    pub(super) fn generic<W: ToSchema, T: ToSchema>() -> Self {
        let mut held = Self::of::<T>();
        let name = format!("{}_{}", W::name(), held.name);
        held.schemas.push((name.clone(), W::schema()));
        W::schemas(&mut held.schemas);
        Self { name, ..held }
    }

    /// Refers to it.
    pub(super) fn content(&self) -> Content {
        ContentBuilder::new().schema(Some(Ref::from_schema_name(&self.name))).build()
    }

    /// Whether it is that of something without members.
    pub(super) fn is_empty(&self) -> bool {
        let itself = self.schemas.iter().find(|(name, _)| *name == self.name);
        matches!(itself, Some((_, RefOr::T(Schema::Object(schema)))) if schema.properties.is_empty())
    }
}

/// What a command answers with, of an aggregate that is shown as a `T`.
pub(super) fn command_answer<T: ToSchema>(naming: Option<&Naming>) -> Described {
    let plain = Described::generic::<CommandAnswerSchema<T>, T>();
    match naming {
        Some(naming) => naming.added_to(plain, &T::name()),
        None => plain,
    }
}

impl Naming {
    /// The schema of answers that have the member, too.
    fn added_to(&self, plain: Described, of: &str) -> Described {
        let Described { name: answer, mut schemas } = plain;
        let mut named = ObjectBuilder::new()
            .schema_type(Type::Object)
            .property(self.member, (self.kind)().description(Some(self.meaning)));
        if self.is_required {
            named = named.required(self.member);
        }
        let schema =
            AllOfBuilder::new().item(Ref::from_schema_name(answer)).item(named).description(Some(self.about));
        let name = format!("{}_{of}", self.schema);
        schemas.push((name.clone(), Schema::from(schema).into()));
        Described { name, schemas }
    }
}

fn text_or_null() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null]))
}
