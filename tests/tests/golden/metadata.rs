//! The stored form of metadata, which is hashed with its event.

use khata_application::{Metadata, Origin};
use uuid::Uuid;

const FULL: &str = concat!(
    r#"{"correlation_id":"corr-1","causation_id":"00000000-0000-0000-0000-000000000001","command_id":"00000000-0000-0000-0000-000000000002","#,
    r#""actor":"local","owner":"cus_01890a5d-ac96-774b-bcce-b302099a8057","origin":"import","#,
    r#""traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","idempotency_key":"key-1","fingerprint":"ab12","#,
    r#""decided_at":"2026-01-02T03:04:05.678901Z"}"#
);

const BARE: &str = r#"{"correlation_id":"corr-1","command_id":"00000000-0000-0000-0000-000000000002","actor":"local","origin":"live"}"#;

fn bare() -> Metadata {
    Metadata {
        correlation_id: "corr-1".into(),
        command_id: Uuid::from_u128(2),
        actor: "local".into(),
        ..Metadata::default()
    }
}

fn full() -> Metadata {
    Metadata {
        causation_id: Some(Uuid::from_u128(1)),
        owner: Some("cus_01890a5d-ac96-774b-bcce-b302099a8057".into()),
        origin: Origin::Import,
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        idempotency_key: Some("key-1".into()),
        fingerprint: Some("ab12".into()),
        decided_at: Some("2026-01-02T03:04:05.678901Z".parse().unwrap()),
        ..bare()
    }
}

#[test]
fn metadata_is_stored_as_it_always_was() {
    for (metadata, text) in [(full(), FULL), (bare(), BARE)] {
        assert_eq!(serde_json::to_string(&metadata).unwrap(), text);
        assert_eq!(serde_json::from_str::<Metadata>(text).unwrap(), metadata);
    }
}

#[test]
fn metadata_of_a_newer_khata_is_read_as_far_as_it_is_known() {
    let newer = BARE.replace('{', r#"{"device":"phone","#);
    assert_eq!(serde_json::from_str::<Metadata>(&newer).unwrap(), bare());
}
