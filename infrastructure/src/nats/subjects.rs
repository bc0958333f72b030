//! The subjects of events, and whether a stream takes them.

use super::StreamOptions;
use khata_application::relay::Message;

/// The subject of one event.
pub(super) fn of_message(options: &StreamOptions, message: &Message) -> String {
    format!("khata.{}.{}.{}", options.namespace, message.category, message.event)
}

/// What all events of the namespace are under.
pub(super) fn of_namespace(options: &StreamOptions) -> String {
    format!("khata.{}.>", options.namespace)
}

/// The subjects that have to be taken by a stream.
fn needed(options: &StreamOptions) -> Vec<String> {
    if options.categories.is_empty() {
        return vec![of_namespace(options)];
    }
    options.categories.iter().map(|category| format!("khata.{}.{category}.*", options.namespace)).collect()
}

/// The first subject that a stream with these subjects does not take.
pub(super) fn not_taken(options: &StreamOptions, taken: &[String]) -> Option<String> {
    needed(options).into_iter().find(|needed| !taken.iter().any(|taken| covers(taken, needed)))
}

/// Whether everything under one subject is also under the other.
fn covers(wide: &str, narrow: &str) -> bool {
    let (mut wide, mut narrow) = (wide.split('.'), narrow.split('.'));
    loop {
        match (wide.next(), narrow.next()) {
            (Some(">"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(token)) if token != ">" => {}
            (Some(own), Some(token)) if own == token => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use khata_application::Namespace;

    #[test]
    fn a_subject_covers_what_is_under_it() {
        for wide in ["khata.main.>", "khata.>", ">", "*.main.>", "khata.*.>"] {
            assert!(covers(wide, "khata.main.>"), "{wide}");
        }
        for narrow in ["khata.main.*", "khata.main.*.*", "khata.other.>", "khata.main", "khata.main.order.>"]
        {
            assert!(!covers(narrow, "khata.main.>"), "{narrow}");
        }
        assert!(
            covers("khata.main.order.*", "khata.main.order.*") && covers("khata.*.*.*", "khata.main.order.*")
        );
        assert!(!covers("khata.main.order.order_placed", "khata.main.order.*"));
    }

    #[test]
    fn the_first_subject_that_is_not_taken_is_named() {
        let all = StreamOptions::of(Namespace::default());
        let some = StreamOptions { categories: vec!["order".into(), "loan".into()], ..all.clone() };
        let taken =
            |subjects: &[&str]| subjects.iter().map(|subject| (*subject).to_owned()).collect::<Vec<_>>();
        assert_eq!(not_taken(&all, &taken(&["a.>", "khata.main.>"])), None);
        assert_eq!(not_taken(&all, &taken(&["khata.main.order.>"])), Some("khata.main.>".into()));
        assert_eq!(not_taken(&some, &taken(&["khata.main.order.>"])), Some("khata.main.loan.*".into()));
        assert_eq!(not_taken(&some, &taken(&["khata.main.order.>", "khata.main.loan.*"])), None);
    }
}
