//! Closed lists of words as the description has them: the domain's own names and meanings.

use khata_domain::names::Named;
use std::{borrow::Cow, fmt::Write, marker::PhantomData};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// One of the words of a list. Bodies that hold one say so by an alias, since a list is no schema itself.
pub(crate) struct Word<N>(PhantomData<N>);

impl<N: Named> PartialSchema for Word<N> {
    fn schema() -> RefOr<Schema> {
        // What follows the first paragraph is for those who read the code.
        let about = N::ABOUT.split("\n\n").next().unwrap_or_default().trim().replace("\n ", " ");
        let values = N::MEANINGS.iter();
        let described = values.clone().fold(format!("{about}\n"), |mut text, (name, meaning)| {
            // Writing to a string never fails.
            let _ = write!(text, "\n- `{name}`: {}", meaning.trim());
            text
        });
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(values.map(|(name, _)| *name)))
            .description(Some(described))
            .into()
    }
}

impl<N: Named> ToSchema for Word<N> {
    fn name() -> Cow<'static, str> {
        N::TITLE.into()
    }
}
