//! An answer of Khata, as a command of the command line takes it.

use crate::failure::Failure;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The status code.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The body of a success, read as what it should be; a problem as a failure that says what the problem
    /// says.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        if !(200..300).contains(&self.status) {
            return Err(self.problem());
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| Failure::because("the server's answer was not understood", error))
    }

    /// What a refusal says, in its own words where it has any.
    pub(crate) fn problem(&self) -> Failure {
        let problem: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let text = |member: &str| problem.get(member).and_then(Value::as_str);
        match (text("detail").or(text("title")), text("code")) {
            (Some(detail), Some(code)) => Failure::new(format!("{detail} ({code})")),
            (Some(detail), None) => Failure::new(detail),
            (None, _) => Failure::new(format!("Khata answered with status {}", self.status)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, body: body.into() }
    }

    #[test]
    fn a_success_is_read() {
        assert_eq!(reply(200, "[1,2]").read::<Vec<u32>>().unwrap(), [1, 2]);
    }

    #[test]
    fn a_problem_speaks_in_its_own_words() {
        let refused = reply(404, r#"{"detail":"there is no projection x","code":"not_found"}"#)
            .read::<Value>()
            .unwrap_err();
        assert_eq!(refused.to_string(), "there is no projection x (not_found)");
        assert_eq!(
            reply(502, "<html>").read::<Value>().unwrap_err().to_string(),
            "Khata answered with status 502"
        );
    }

    #[test]
    fn an_answer_of_another_shape_is_a_failure() {
        assert_eq!(
            reply(200, "{}").read::<Vec<u32>>().unwrap_err().to_string(),
            "the server's answer was not understood"
        );
    }
}
