//! The one binary, `khata`.

fn main() {}
