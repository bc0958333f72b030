//! Tests that see all layers. Each suite is one binary under `tests/`.
