//! What no sequence of commands can break: the debt is the fold of the entries, the limit holds, points are
//! never lost, no decision panics.

use super::*;
use crate::cards::CardEntrySide;
use jiff::Span;
use proptest::prelude::*;

const FIRST: Date = date(2026, 1, 15);

fn day(offset: i32) -> Date {
    FIRST.checked_add(Span::new().days(offset)).unwrap()
}

fn amounts() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![8 => 1..=300_000_i64, 2 => 1_000_000..=12_000_000_i64, 1 => any::<i64>()];
    minor.prop_map(|minor| Money::from_minor(minor, currency("INR")))
}

fn channels() -> impl Strategy<Value = PurchaseChannel> {
    prop::sample::select(vec![PurchaseChannel::Pos, PurchaseChannel::Online, PurchaseChannel::Atm])
}

fn verdicts() -> impl Strategy<Value = FraudVerdict> {
    prop_oneof![8 => Just(FraudVerdict::Clear), 1 => Just(FraudVerdict::Review), 1 => Just(FraudVerdict::Suspected)]
}

fn merchants() -> impl Strategy<Value = Text<64>> {
    prop::sample::select(vec!["m-1", "m-2"]).prop_map(text)
}

fn requests() -> impl Strategy<Value = Request> {
    let categories = prop::sample::select(vec!["grocery", "Fuel"]);
    (amounts(), merchants(), categories, channels(), verdicts()).prop_map(
        |(amount, merchant_id, category, channel, fraud_verdict)| Request {
            amount,
            merchant_id,
            category: text(category),
            channel,
            fraud_verdict,
        },
    )
}

/// What is asked on a day; the names are few, so that commands meet.
fn asked(offset: i32) -> impl Strategy<Value = CardCommand> {
    let dates = move || (-3_i32..=1).prop_map(move |back| day(offset + back));
    let authorizations = prop_oneof![
        4 => (0_u128..12, requests()).prop_map(|(number, request)| Authorize { authorization_id: auth(number), request, screening: None }.into()),
        3 => (0_u128..12, prop::option::of(amounts()))
            .prop_map(|(number, amount)| Capture { authorization_id: auth(number), amount }.into()),
        3 => (0_u128..12).prop_map(|number| Capture { authorization_id: auth(number), amount: None }.into()),
        1 => (0_u128..12).prop_map(|number| VoidAuthorization { authorization_id: auth(number) }.into()),
        1 => (0_u128..12).prop_map(|number| ExpireAuthorization { authorization_id: auth(number) }.into()),
    ];
    let money = prop_oneof![
        2 => amounts().prop_map(|amount| RecordPayment { amount, account_transaction: None }.into()),
        1 => Just(PayOutCredit { amount: None, account_transaction: None }.into()),
        2 => (amounts(), merchants())
            .prop_map(|(amount, merchant_id)| Refund { amount, merchant_id, reason: text("returned") }.into()),
        1 => amounts().prop_map(|amount| ChargeFee { amount, reason: text("fee") }.into()),
        1 => dates().prop_map(|date| ChargeInterest { date }.into()),
        1 => dates().prop_map(|closing_date| CloseStatement { closing_date }.into()),
    ];
    let others = prop_oneof![
        2 => (0_u64..200).prop_map(|points| RedeemRewards { points }.into()),
        2 => amounts().prop_map(|limit| ChangeLimit { limit }.into()),
        1 => Just(Block { reason: text("lost") }.into()),
        2 => Just(Unblock.into()),
        3 => (0_u128..6, 0_u128..12).prop_map(|(number, authorization)| OpenDispute {
            dispute_id: dispute_id(number),
            transaction_id: transaction(authorization),
            authorization_id: auth(authorization),
            reason: text("no"),
        }.into()),
        2 => (0_u128..6, any::<bool>()).prop_map(|(number, merchant)| ResolveDispute {
            dispute_id: dispute_id(number),
            outcome: if merchant { DisputeOutcome::Merchant } else { DisputeOutcome::Cardholder },
        }.into()),
        1 => Just(Close { reason: None }.into()),
    ];
    prop_oneof![6 => authorizations, 4 => money, 2 => others]
}

/// A story: commands day by day, more of them on some days than on others.
fn stories() -> impl Strategy<Value = Vec<Asked>> {
    prop::collection::vec(0_i32..150, 1..100).prop_flat_map(|mut days| {
        days.sort_unstable();
        let command = |offset| asked(offset).prop_map(move |command| on(day(offset), command));
        days.into_iter().map(command).collect::<Vec<_>>()
    })
}

fn card() -> CreditCard {
    let product = CardProduct {
        points_multipliers: [(text("fuel"), "2.5".parse().unwrap())].into(),
        ..CardProduct::default()
    };
    given([issued_with("50000", product.terms(currency("INR")).unwrap()), activated()]).state()
}

/// What an auditor with nothing but the events would calculate.
#[derive(Default)]
struct Auditor {
    outstanding: i128,
    interest: i128,
    points: i64,
    earned: Decimal,
    spent: i64,
}

impl Auditor {
    fn see(&mut self, event: &CardEvent) {
        if let Some(entry) = event.entry() {
            assert!(entry.amount.is_positive(), "{event:?}");
            assert_eq!(entry.allocation.parts().total(), i128::from(entry.amount.minor()), "{event:?}");
            let sign = if entry.side() == CardEntrySide::Debit { 1 } else { -1 };
            self.outstanding += sign * i128::from(entry.amount.minor());
        }
        match event {
            CardEvent::TransactionCaptured(event) => {
                self.earned += event.amount.to_decimal() * event.points_rate
            }
            CardEvent::RewardPointsEarned(event) => self.points += event.points,
            CardEvent::TransactionRefunded(event) => {
                self.points -= event.points;
                self.earned -= event.reward;
            }
            CardEvent::DisputeResolved(event) => {
                self.points -= event.points;
                self.earned -= event.reward;
            }
            CardEvent::RewardPointsRedeemed(event) => self.spent += event.points,
            CardEvent::CardClosed(event) => self.spent += event.lapsed_points,
            CardEvent::CardInterestCharged(event) => self.interest += i128::from(event.amount.minor()),
            CardEvent::StatementClosed(event) => {
                let most = event.closing_balance.minor().max(0);
                assert!((0..=most).contains(&event.minimum_due.minor()), "{event:?}");
            }
            _ => {}
        }
    }
}

proptest! {
    #[test]
    fn the_debt_is_the_fold_of_the_entries_the_limit_holds_and_no_point_is_lost(story in stories()) {
        let (mut state, mut auditor) = (card(), Auditor::default());
        for (at, command) in story {
            let now = at.now;
            let Ok(events) = state.decide(command, at, Rules::All) else { continue };
            for event in &events {
                state.evolve(event);
                auditor.see(event);
            }
            prop_assert_eq!(i128::from(state.outstanding_minor()), auditor.outstanding);
            // Interest alone may pass the limit.
            prop_assert!(state.room_minor(now) + auditor.interest >= 0, "{:?} after {events:?}", state.room_minor(now));
            prop_assert_eq!(state.reward_points(), auditor.points - auditor.spent);
            prop_assert_eq!(auditor.points, i64::try_from(auditor.earned.floor()).unwrap(), "{:?} earned", auditor.earned);
            prop_assert_eq!(state.points_fraction, auditor.earned - auditor.earned.floor());
            let Parts { cash, purchases, charges, credit } = state.ledger.balance();
            prop_assert!([cash, purchases, charges, credit].into_iter().all(|part| part >= 0), "{:?}", state.ledger.balance());
            prop_assert!(credit == 0 || cash + purchases + charges == 0, "credit beside debt: {:?}", state.ledger.balance());
        }
        let stored = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<CreditCard>(&stored).unwrap(), state);
    }

    #[test]
    fn what_is_already_so_gives_no_events(story in stories()) {
        let mut state = card();
        for (at, command) in story {
            let repeats_as_nothing = matches!(
                command,
                CardCommand::Activate(_)
                    | CardCommand::Authorize(_)
                    | CardCommand::VoidAuthorization(_)
                    | CardCommand::ExpireAuthorization(_)
                    | CardCommand::CloseStatement(_)
                    | CardCommand::ChargeInterest(_)
                    | CardCommand::ChangeLimit(_)
                    | CardCommand::Block(_)
                    | CardCommand::Unblock(_)
                    | CardCommand::OpenDispute(_)
                    | CardCommand::ResolveDispute(_)
                    | CardCommand::Close(_)
            );
            let Ok(events) = state.decide(command.clone(), at, Rules::All) else { continue };
            events.iter().for_each(|event| state.evolve(event));
            let is_closed = state.status() == CardStatus::Closed && !matches!(command, CardCommand::Close(_) | CardCommand::Authorize(_));
            if repeats_as_nothing && !is_closed {
                prop_assert_eq!(state.decide(command, at, Rules::All), Ok(vec![]));
            }
        }
    }

    #[test]
    fn no_command_on_any_past_panics(story in stories(), history in stories()) {
        let mut state = card();
        for (at, command) in history {
            let _ = state.decide(command.clone(), at, Rules::All);
            if let Ok(events) = state.decide(command, at, Rules::Structural) {
                events.iter().for_each(|event| state.evolve(event));
            }
        }
        for (at, command) in story {
            if let Ok(events) = state.decide(command, at, Rules::All) {
                events.iter().for_each(|event| state.evolve(event));
            }
            let _ = (state.outstanding(), state.available(noon()), state.online_used(TODAY), state.last_statement());
        }
    }
}
