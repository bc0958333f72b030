//! Tests of the rules, by family of commands.
