//! Nights in the stories: begun, phase by phase ended, finished.

use super::{Asked, Contract, DAY, Sample, Step, bare, full, text};
use jiff::Span;
use khata_domain::nights::*;

fn nth_night(number: u128) -> NightId {
    NightId(DAY.checked_add(Span::new().days(i32::try_from(number).unwrap())).unwrap())
}

fn tally() -> Tally {
    Tally {
        processed: 7,
        skipped: [("account_closed".to_owned(), 2)].into(),
        failed: [("account_not_active".to_owned(), 1)].into(),
        failures: vec![Failure {
            subject: text("acc_01890a5d-ac96-774b-bcce-b302099a8057"),
            code: text("account_not_active"),
            message: text("the account is frozen"),
        }],
    }
}

impl Contract for Night {
    const SUBJECTS: u128 = 3;
    const NTH: fn(u128) -> NightId = nth_night;

    fn samples() -> Vec<Sample<NightEvent>> {
        let phase = NightPhase::AccrueInterest;
        vec![
            full(NightBegun { date: DAY }.into()),
            full(NightPhaseBegun { phase, position: 4711 }.into()),
            full(NightPhaseEnded { phase, tally: tally() }.into()),
            bare(NightPhaseEnded { phase, tally: Tally::default() }.into()),
            full(NightFinished { date: DAY, processed: 70, skipped: 2, failed: 1 }.into()),
        ]
    }

    fn past() -> Vec<NightEvent> {
        let phase = NightPhase::ExpireHolds;
        vec![
            NightBegun { date: DAY }.into(),
            NightPhaseBegun { phase, position: 4711 }.into(),
            NightPhaseEnded { phase, tally: tally() }.into(),
            NightFinished { date: DAY, processed: 70, skipped: 2, failed: 1 }.into(),
        ]
    }

    fn asked(&self, step: &Step) -> Asked<NightCommand> {
        let NightId(date) = nth_night(step.subject);
        let command = match self.date() {
            None => BeginNight { date, next: None }.into(),
            Some(_) => {
                let next = NightPhase::ALL.into_iter().find(|phase| self.tally(*phase).is_none());
                match next {
                    None => FinishNight { date }.into(),
                    Some(phase) if self.phase(phase).is_none() => {
                        BeginPhase { date, phase, position: u64::try_from(step.number).unwrap() }.into()
                    }
                    Some(phase) => EndPhase { date, phase, tally: tally() }.into(),
                }
            }
        };
        (step.at(), command)
    }
}
