//! Questions to the past: as recorded up to an instant, after the n-th event, by business time.

use super::{
    list::invalid_parameter,
    problem::{Problem, codes},
    request::{
        instant::{Day, Instant},
        query_string::from_text,
    },
};
use crate::app::App;
use khata_application::history::Moment;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which past of an aggregate. Without any of these, the present.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PastParameters {
    /// As recorded up to this instant (RFC 3339). An instant in the future means now.
    #[serde(default, deserialize_with = "from_text")]
    #[param(value_type = Option<Timestamp>)]
    as_of: Option<Instant>,
    /// After its n-th event. Not with the others.
    as_of_version: Option<u64>,
    /// By business time, at the end of this business day: events count by the day that they carry. A future
    /// day is answered for its end, as far as known. With `as_of`: what was known then about that day.
    #[serde(default, deserialize_with = "from_text")]
    #[param(value_type = Option<Date>)]
    effective_on: Option<Day>,
}

impl PastParameters {
    /// The moment asked for; `None` for the present.
    pub(crate) fn moment(&self) -> Result<Option<Moment>, Problem> {
        match (self.as_of, self.as_of_version, self.effective_on) {
            (None, None, None) => Ok(None),
            (Some(Instant(instant)), None, None) => Ok(Some(Moment::AsOf(instant))),
            (None, Some(version), None) => match i64::try_from(version) {
                Ok(1..) => Ok(Some(Moment::AsOfVersion(version))),
                Ok(_) => Err(invalid_parameter("as_of_version", "versions count from 1")),
                Err(_) => Err(invalid_parameter("as_of_version", "beyond any version")),
            },
            (known_at, None, Some(Day(day))) => {
                Ok(Some(Moment::Effective { day, known_at: known_at.map(|Instant(instant)| instant) }))
            }
            (_, Some(_), _) => {
                Err(invalid_parameter("as_of_version", "a version goes with neither as_of nor effective_on"))
            }
        }
    }
}

/// Waits until the log has reached a position.
pub(crate) async fn log_reached(app: &App, position: Option<u64>) -> Result<(), Problem> {
    let Some(position) = position else { return Ok(()) };
    let mut head = app.events.watch_head();
    let reached = async { head.wait_for(|head| *head >= position).await.is_ok() };
    if tokio::time::timeout(app.settings.min_position_wait, reached).await.unwrap_or(false) {
        return Ok(());
    }
    let head = app.events.head().await?.position;
    let detail = format!("The log has come to position {head} only.");
    Err(Problem::new(&codes::VIEW_BEHIND, detail).with("position", head))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::{Timestamp, civil::Date};

    fn moment(query: &str) -> Result<Option<Moment>, String> {
        let parameters: PastParameters =
            super::super::request::query_string::parse(query).map_err(|problem| problem.code().to_owned())?;
        parameters.moment().map_err(|problem| problem.code().to_owned())
    }

    #[test]
    fn each_question_means_its_moment() {
        let noon: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let day: Date = "2026-01-31".parse().unwrap();
        assert_eq!(moment(""), Ok(None));
        assert_eq!(moment("as_of=2026-01-31T12:00:00Z"), Ok(Some(Moment::AsOf(noon))));
        assert_eq!(moment("as_of_version=3"), Ok(Some(Moment::AsOfVersion(3))));
        assert_eq!(moment("effective_on=2026-01-31"), Ok(Some(Moment::Effective { day, known_at: None })));
        assert_eq!(
            moment("effective_on=2026-01-31&as_of=2026-01-31T12:00:00Z"),
            Ok(Some(Moment::Effective { day, known_at: Some(noon) }))
        );
        assert!(moment("effective_on=9999-12-31").is_ok());
    }

    #[test]
    fn questions_that_contradict_each_other_or_have_no_form_are_refused() {
        for query in [
            "as_of=2026-01-31T12:00:00Z&as_of_version=3",
            "as_of_version=3&effective_on=2026-01-31",
            "as_of_version=0",
            "as_of_version=-1",
            "as_of_version=9223372036854775808",
            "as_of_version=99999999999999999999",
            "as_of=2026-01-31",
            "as_of=yesterday",
            "as_of=",
            "effective_on=31.01.2026",
        ] {
            assert_eq!(moment(query), Err("invalid_parameter".into()), "{query}");
        }
    }
}
