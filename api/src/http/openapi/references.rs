//! One thing, one schema: copies of a schema become references to it, and what nothing refers to is left out.
//!
//! Generic bodies carry a copy of what they hold. A client made from that has a type for an account, another for an account in a list
//! and a third for an account after a command, none of which takes the place of the others.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Where schemas lie.
const SCHEMAS: &str = "#/components/schemas/";

/// Puts a reference in the place of every copy of a schema that has a name.
pub(super) fn replace_copies(description: &mut Value) {
    let named: BTreeMap<String, String> = schemas(description)
        .into_iter()
        .flatten()
        .filter(|(_, schema)| has_members(schema) || has_words(schema))
        .map(|(name, schema)| (schema.to_string(), name.clone()))
        .collect();
    if let Some(schemas) = description.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        // A schema itself stays; what lies in it may be a copy.
        schemas.values_mut().for_each(|schema| children(schema).for_each(|child| replace(child, &named)));
    }
    replace(&mut description["paths"], &named);
}

/// Leaves out schemas that no operation leads to.
pub(super) fn drop_unused(description: &mut Value) {
    let mut found = BTreeSet::new();
    collect(&description["paths"], &mut found);
    collect(&description["components"]["responses"], &mut found);
    let mut waiting: Vec<String> = found.iter().cloned().collect();
    while let Some(name) = waiting.pop() {
        let mut further = BTreeSet::new();
        collect(&description["components"]["schemas"][&name], &mut further);
        waiting.extend(further.into_iter().filter(|name| found.insert(name.clone())));
    }
    if let Some(schemas) = description.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.retain(|name, _| found.contains(name));
    }
}

fn schemas(description: &Value) -> Option<&Map<String, Value>> {
    description.pointer("/components/schemas").and_then(Value::as_object)
}

fn has_members(schema: &Value) -> bool {
    schema["properties"].as_object().is_some_and(|properties| !properties.is_empty())
}

fn has_words(schema: &Value) -> bool {
    schema["enum"].is_array()
}

fn children(value: &mut Value) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    match value {
        Value::Object(members) => Box::new(members.values_mut()),
        Value::Array(elements) => Box::new(elements.iter_mut()),
        _ => Box::new(std::iter::empty()),
    }
}

fn replace(value: &mut Value, named: &BTreeMap<String, String>) {
    if (has_members(value) || has_words(value))
        && let Some(name) = named.get(&value.to_string())
    {
        *value = json!({ "$ref": format!("{SCHEMAS}{name}") });
        return;
    }
    children(value).for_each(|child| replace(child, named));
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let reference = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|reference| reference.strip_prefix(SCHEMAS));
            found.extend(reference.map(str::to_owned));
            members.values().for_each(|member| collect(member, found));
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description() -> Value {
        let thing = json!({ "type": "object", "description": "A thing.", "properties": { "colour": { "type": "string", "enum": ["red"] } } });
        json!({
            "paths": { "/things": { "get": { "schema": { "$ref": "#/components/schemas/List" } } } },
            "components": { "schemas": {
                "Colour": { "type": "string", "enum": ["red"] },
                "List": { "type": "object", "properties": { "items": { "type": "array", "items": thing } } },
                "Thing": thing,
                "Forgotten": { "type": "object", "properties": { "of": { "$ref": "#/components/schemas/Forgotten" } } },
            } },
        })
    }

    #[test]
    fn a_copy_becomes_a_reference_and_the_original_stays() {
        let mut description = description();
        replace_copies(&mut description);
        let schemas = &description["components"]["schemas"];
        assert_eq!(
            schemas["List"]["properties"]["items"]["items"],
            json!({ "$ref": "#/components/schemas/Thing" })
        );
        assert_eq!(
            schemas["Thing"]["properties"]["colour"],
            json!({ "$ref": "#/components/schemas/Colour" })
        );
        assert_eq!(schemas["Colour"]["enum"], json!(["red"]));
    }

    #[test]
    fn what_no_operation_leads_to_is_left_out() {
        let mut description = description();
        replace_copies(&mut description);
        drop_unused(&mut description);
        let names: Vec<&String> = description["components"]["schemas"].as_object().unwrap().keys().collect();
        assert_eq!(names, ["Colour", "List", "Thing"]);
    }
}
