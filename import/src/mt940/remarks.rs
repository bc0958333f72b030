//! Field 86: what a movement was. Each country has its own form; two are read, others are taken as they
//! stand.

use super::fields::Field;
use crate::statement::Movement;

/// Adds what the field says to its movement.
pub(super) fn add(movement: &mut Movement, field: &Field<'_>) {
    let text: String = field.lines.concat();
    if let Some((_, parts)) = text
        .split_once('?')
        .filter(|(code, _)| code.len() <= 3 && code.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return german(movement, parts);
    }
    if text.starts_with('/') && slashed(movement, &text) {
        return;
    }
    append(
        &mut movement.description,
        field.lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ").as_str(),
    );
}

/// `166?00GUTSCHRIFT?20SVWZ+Rent?21 May?30BANK?31ACCOUNT?32NAME`
fn german(movement: &mut Movement, parts: &str) {
    let (mut purpose, mut name) = (String::new(), String::new());
    for part in parts.split('?') {
        let (Some(number), Some(text)) = (part.get(..2), part.get(2..)) else { continue };
        match number {
            "20" | "21" | "22" | "23" | "24" | "25" | "26" | "27" | "28" | "29" | "60" | "61" | "62"
            | "63" => purpose.push_str(text),
            "32" | "33" => name.push_str(text),
            _ => {}
        }
    }
    let labels = ["EREF+", "KREF+", "MREF+", "CRED+", "DEBT+", "ABWA+", "SVWZ+", "IBAN+", "BIC+", "PURP+"];
    let labelled = |label: &str| {
        let rest = &purpose[purpose.find(label)? + label.len()..];
        let end = labels.iter().filter_map(|other| rest.find(other)).min().unwrap_or(rest.len());
        Some(rest[..end].trim()).filter(|text| !text.is_empty() && *text != "NOTPROVIDED")
    };
    if let Some(reference) = labelled("EREF+").filter(|_| movement.reference.is_empty()) {
        movement.reference = reference.to_owned();
    }
    append(&mut movement.counterparty, &name);
    append(&mut movement.description, labelled("SVWZ+").unwrap_or(&purpose));
}

/// `/TRTP/SEPA OVERBOEKING/NAME/J. Jansen/REMI/Rent May/EREF/NOTPROVIDED`
fn slashed(movement: &mut Movement, text: &str) -> bool {
    let labels = [
        "TRTP", "TRCD", "IBAN", "BIC", "NAME", "REMI", "EREF", "MARF", "CSID", "ORDP", "BENM", "ISDT",
        "SVCL", "PREF", "ADDR", "RTRN", "CNTP", "PURP", "USTD", "STRD",
    ];
    let mut parts: Vec<(&str, String)> = Vec::new();
    for piece in text.split('/').skip(1) {
        match (labels.iter().find(|label| **label == piece), parts.last_mut()) {
            (Some(label), _) => parts.push((*label, String::new())),
            (None, Some((_, said))) if said.is_empty() => said.push_str(piece),
            (None, Some((_, said))) => {
                said.push('/');
                said.push_str(piece);
            }
            (None, None) => return false,
        }
    }
    let said = |label: &str| {
        parts
            .iter()
            .find(|(other, said)| *other == label && !said.is_empty())
            .map(|(_, said)| said.trim_matches('/').trim())
    };
    let Some(purpose) = said("REMI").or(said("USTD")).or(said("TRTP")) else { return false };
    append(&mut movement.description, purpose.trim_start_matches("USTD//"));
    append(&mut movement.counterparty, said("NAME").unwrap_or_default());
    if let Some(reference) =
        said("EREF").filter(|reference| movement.reference.is_empty() && *reference != "NOTPROVIDED")
    {
        movement.reference = reference.to_owned();
    }
    true
}

fn append(to: &mut String, more: &str) {
    if !to.is_empty() && !more.trim().is_empty() {
        to.push(' ');
    }
    to.push_str(more.trim());
}
