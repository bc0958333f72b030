//! Who may do what: one row for each operation of the HTTP surface, one column for each role.
//!
//! What has no row nobody may do. `all` goes to everybody's data, `own` to that of the customer who asks,
//! `assigned` to that of the customers assigned to the relationship manager who asks, `-` to nothing. Whoever
//! has several roles may do what any of them may. Why it is so stands in decision 0048.

use super::{Grant, Principal, Reach, Role, Roles, reach};
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// What may be done with one operation, and by whom.
#[derive(Debug)]
pub struct Rule {
    /// The operation's name, as the description of the surface has it: `open_account`.
    pub operation: &'static str,
    /// The group of operations that it stands in.
    pub group: &'static str,
    /// By role, in the order of [`Role::ALL`].
    pub grants: [Grant; Role::ALL.len()],
}

impl Rule {
    /// The rule of an operation, if there is one.
    pub fn of(operation: &str) -> Option<&'static Self> {
        static BY_NAME: LazyLock<FxHashMap<&'static str, &'static Rule>> =
            LazyLock::new(|| TABLE.iter().map(|rule| (rule.operation, rule)).collect());
        BY_NAME.get(operation).copied()
    }

    /// How far the permission of somebody goes; `None` where they have none.
    pub fn reach(&self, principal: &Principal) -> Option<Reach> {
        reach::reach(&self.grants, principal).or_else(|| self.is_for_anybody().then_some(Reach::NONE))
    }

    /// Whether also they may who have no role: what tells of nobody.
    pub fn is_for_anybody(&self) -> bool {
        self.grants.iter().all(|grant| *grant == Grant::All)
    }

    /// The roles that may do it, however far.
    pub fn roles(&self) -> Roles {
        self.granted(|grant| grant != Grant::Nothing)
    }

    /// The roles whose permission goes as far as that: to everything, or to anything.
    pub fn roles_reaching(&self, reach: Reach) -> Roles {
        self.granted(|grant| if reach.is_all() { grant == Grant::All } else { grant != Grant::Nothing })
    }

    fn granted(&self, is_meant: impl Fn(Grant) -> bool) -> Roles {
        Role::ALL
            .into_iter()
            .zip(self.grants)
            .filter(|(_, grant)| is_meant(*grant))
            .map(|(role, _)| role)
            .collect()
    }
}

macro_rules! grant {
    (-) => {
        Grant::Nothing
    };
    (own) => {
        Grant::Own
    };
    (assigned) => {
        Grant::Assigned
    };
    (all) => {
        Grant::All
    };
}

macro_rules! matrix {
    ($($group:ident { $($operation:ident $c:tt $t:tt $l:tt $m:tt $f:tt $a:tt $o:tt $d:tt)* })+) => {
        &[$($(Rule {
            operation: stringify!($operation),
            group: stringify!($group),
            grants: [grant!($c), grant!($t), grant!($l), grant!($m), grant!($f), grant!($a), grant!($o), grant!($d)],
        },)*)+]
    };
}

/// Every operation with its rule.
#[rustfmt::skip]
pub static TABLE: &[Rule] = matrix! {
    customers {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        list_customers                    own       all       all       assigned  all       all       -         all
        show_customer                     own       all       all       assigned  all       all       -         all
        show_customer_overview            own       all       all       assigned  all       all       -         all
        show_customer_onboarding          own       all       all       assigned  all       all       -         all
        list_customer_events              own       -         all       assigned  all       all       -         all
        onboard_customer                  -         all       -         assigned  -         -         -         all
        record_kyc_verdict                -         -         -         -         all       -         -         all
        change_customer_contact           own       all       -         assigned  -         -         -         all
        suspend_customer                  -         -         -         -         all       -         -         all
        reactivate_customer               -         -         -         -         all       -         -         all
        assign_customer_manager           -         -         -         -         -         -         -         all
        unassign_customer_manager         -         -         -         -         -         -         -         all
        close_customer                    -         all       -         assigned  -         -         -         all
    }
    accounts {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        list_accounts                     own       all       all       assigned  all       all       -         all
        show_account                      own       all       all       assigned  all       all       -         all
        list_account_events               own       all       all       assigned  all       all       -         all
        list_account_transactions         own       all       all       assigned  all       all       -         all
        show_account_transaction          own       all       all       assigned  all       all       -         all
        show_account_statement            own       all       all       assigned  all       all       -         all
        list_holds                        own       all       all       assigned  all       all       -         all
        show_hold                         own       all       all       assigned  all       all       -         all
        open_account                      own       all       -         assigned  -         -         -         all
        deposit_money                     -         all       -         -         -         -         -         all
        withdraw_money                    -         all       -         -         -         -         -         all
        place_hold                        -         all       -         -         all       -         -         all
        capture_hold                      -         all       -         -         -         -         -         all
        release_hold                      -         all       -         -         all       -         -         all
        expire_hold                       -         all       -         -         -         -         -         all
        reverse_transaction               -         all       -         -         -         -         -         all
        set_account_limits                -         all       -         assigned  -         -         -         all
        add_signatory                     -         all       -         assigned  -         -         -         all
        remove_signatory                  -         all       -         assigned  -         -         -         all
        charge_account_fee                -         all       -         -         -         -         -         all
        charge_maintenance_fee            -         all       -         -         -         -         -         all
        accrue_interest                   -         -         -         -         -         -         -         all
        post_interest                     -         -         -         -         -         -         -         all
        freeze_account                    -         -         -         -         all       -         -         all
        unfreeze_account                  -         -         -         -         all       -         -         all
        close_account                     -         all       -         assigned  -         -         -         all
    }
    cards {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        list_cards                        own       all       -         assigned  all       all       -         all
        show_card                         own       all       -         assigned  all       all       -         all
        list_card_events                  own       all       -         assigned  all       all       -         all
        list_card_transactions            own       all       -         assigned  all       all       -         all
        show_card_transaction             own       all       -         assigned  all       all       -         all
        list_authorizations               own       all       -         assigned  all       all       -         all
        show_authorization                own       all       -         assigned  all       all       -         all
        list_authorizations_of_cards      own       all       -         assigned  all       all       -         all
        list_card_statements              own       all       -         assigned  all       all       -         all
        show_card_statement               own       all       -         assigned  all       all       -         all
        list_disputes                     own       all       -         assigned  all       all       -         all
        show_dispute                      own       all       -         assigned  all       all       -         all
        issue_card                        -         all       -         assigned  -         -         -         all
        activate_card                     own       all       -         -         -         -         -         all
        request_authorization             own       all       -         -         -         -         -         all
        clear_authorization               -         -         -         -         all       -         -         all
        confirm_authorization_fraud       -         -         -         -         all       -         -         all
        capture_authorization             -         all       -         -         -         -         -         all
        void_authorization                -         all       -         -         -         -         -         all
        expire_authorization              -         all       -         -         -         -         -         all
        record_card_refund                -         all       -         -         -         -         -         all
        record_card_payment               own       all       -         -         -         -         -         all
        pay_card_credit                   own       all       -         -         -         -         -         all
        close_card_statement              -         -         -         -         -         -         -         all
        charge_card_interest              -         -         -         -         -         -         -         all
        charge_card_fee                   -         all       -         -         -         -         -         all
        redeem_reward_points              own       all       -         -         -         -         -         all
        change_card_limit                 -         -         -         assigned  -         -         -         all
        block_card                        own       all       -         assigned  all       -         -         all
        unblock_card                      -         all       -         -         all       -         -         all
        open_dispute                      own       all       -         assigned  -         -         -         all
        resolve_dispute                   -         -         -         -         all       -         -         all
        close_card                        own       all       -         assigned  -         -         -         all
    }
    lending {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        list_disbursements                own       -         all       assigned  all       all       -         all
        show_disbursement                 own       -         all       assigned  all       all       -         all
        list_disbursement_events          own       -         all       assigned  all       all       -         all
        show_loan_disbursement            own       -         all       assigned  all       all       -         all
        list_treasuries                   -         -         all       -         all       all       -         all
        show_treasury                     -         -         all       -         all       all       -         all
        list_treasury_events              -         -         all       -         all       all       -         all
        fund_treasury                     -         -         -         -         -         -         -         all
        withdraw_treasury_funds           -         -         -         -         -         -         -         all
        set_treasury_limit                -         -         -         -         -         -         -         all
        list_loans                        own       -         all       assigned  all       all       -         all
        show_loan                         own       -         all       assigned  all       all       -         all
        list_loan_events                  own       -         all       assigned  all       all       -         all
        list_loan_payments                own       -         all       assigned  all       all       -         all
        show_loan_payoff                  own       all       all       assigned  all       all       -         all
        show_loan_schedule                own       -         all       assigned  all       all       -         all
        apply_for_loan                    own       -         all       assigned  -         -         -         all
        assess_loan                       -         -         all       -         -         -         -         all
        approve_loan                      -         -         all       -         -         -         -         -
        reject_loan                       -         -         all       -         -         -         -         all
        reverse_loan_approval             -         -         all       -         -         -         -         all
        disburse_loan                     -         -         all       -         -         -         -         all
        record_loan_payment               own       all       all       -         -         -         -         all
        reverse_loan_payment              -         all       all       -         -         -         -         all
        charge_loan_penalty               -         -         all       -         -         -         -         all
        set_standing_debit                own       -         all       -         -         -         -         all
        cancel_standing_debit             own       -         all       -         -         -         -         all
        run_standing_debit                -         -         all       -         -         -         -         all
        close_loan_day                    -         -         all       -         -         -         -         all
        mark_loan_delinquency             -         -         all       -         -         -         -         all
        restructure_loan                  -         -         all       -         -         -         -         all
        write_off_loan                    -         -         all       -         -         -         -         all
        record_loan_recovery              own       all       all       -         -         -         -         all
    }
    orders {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        list_orders                       own       all       -         assigned  all       all       -         all
        show_order                        own       all       -         assigned  all       all       -         all
        list_order_events                 own       all       -         assigned  all       all       -         all
        list_order_items                  own       all       -         assigned  all       all       -         all
        show_order_item                   own       all       -         assigned  all       all       -         all
        create_order                      own       all       -         -         -         -         -         all
        add_order_item                    own       all       -         -         -         -         -         all
        change_order_item_quantity        own       all       -         -         -         -         -         all
        remove_order_item                 own       all       -         -         -         -         -         all
        set_shipping_address              own       all       -         -         -         -         -         all
        set_shipping_charge               -         all       -         -         -         -         -         all
        place_order                       own       all       -         -         -         -         -         all
        initiate_order_payment            own       all       -         -         -         -         -         all
        confirm_order_payment             -         all       -         -         -         -         -         all
        fail_order_payment                -         all       -         -         -         -         -         all
        confirm_order                     -         all       -         -         -         -         -         all
        process_order                     -         all       -         -         -         -         -         all
        ship_order                        -         all       -         -         -         -         -         all
        deliver_order                     -         all       -         -         -         -         -         all
        cancel_order                      own       all       -         -         -         -         -         all
        request_order_return              own       all       -         -         -         -         -         all
        accept_order_return               -         all       -         -         -         -         -         all
        refund_order                      -         all       -         -         -         -         -         all
    }
    payments {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        list_payments                     own       all       -         assigned  all       all       -         all
        show_payment                      own       all       -         assigned  all       all       -         all
        list_payment_events               own       all       -         assigned  all       all       -         all
        create_payment                    own       all       -         -         -         -         -         all
        cancel_payment                    own       all       -         -         -         -         -         all
        approve_payment                   -         -         -         -         all       -         -         all
        reject_payment                    -         -         -         -         all       -         -         all
        list_standing_orders              own       all       -         assigned  all       all       -         all
        show_standing_order               own       all       -         assigned  all       all       -         all
        show_standing_order_dates         own       all       -         assigned  all       all       -         all
        list_standing_order_events        own       all       -         assigned  all       all       -         all
        create_standing_order             own       all       -         -         -         -         -         all
        change_standing_order             own       all       -         -         -         -         -         all
        pause_standing_order              own       all       -         -         -         -         -         all
        resume_standing_order             own       all       -         -         -         -         -         all
        cancel_standing_order             own       all       -         -         -         -         -         all
        run_standing_order                -         -         -         -         -         -         all       all
        list_reconciliations              -         -         -         -         all       all       all       all
        show_reconciliation               -         -         -         -         all       all       all       all
        reconcile_day                     -         -         -         -         -         -         all       all
        receive_velocitypay_notice        all       all       all       all       all       all       all       all
    }
    traffic {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        list_signals                      -         all       all       all       all       all       all       all
        show_signal                       -         all       all       all       all       all       all       all
        list_signal_events                -         all       all       all       all       all       all       all
        create_signal                     -         all       all       all       all       -         all       all
        set_signal_timing                 -         all       all       all       all       -         all       all
        change_signal_phase               -         all       all       all       all       -         all       all
        activate_signal_override          -         all       all       all       all       -         all       all
        cancel_signal_override            -         all       all       all       all       -         all       all
        record_signal_fault               -         all       all       all       all       -         all       all
        resolve_signal_fault              -         all       all       all       all       -         all       all
    }
    processes {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        list_processes                    -         -         -         -         all       all       all       all
        show_process                      -         -         -         -         all       all       all       all
        list_process_events               -         -         -         -         all       all       all       all
        retry_process                     -         -         -         -         -         -         all       all
        skip_process_step                 -         -         -         -         -         -         all       all
        resolve_process_step              -         -         -         -         -         -         all       all
        compensate_process                -         -         -         -         -         -         all       all
    }
    eod {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        list_nights                       -         -         -         -         all       all       all       all
        show_night                        -         -         -         -         all       all       all       all
        list_night_events                 -         -         -         -         all       all       all       all
        show_night_progress               -         -         -         -         -         all       all       all
        run_nights                        -         -         -         -         -         -         all       all
    }
    history {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        read_events                       own       -         -         assigned  all       all       -         all
        list_stream_events                own       -         -         assigned  all       all       -         all
    }
    access_audit {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        list_access_refusals              -         -         -         -         all       all       -         all
        show_refusal                      -         -         -         -         all       all       -         all
        list_refusal_events               -         -         -         -         all       all       -         all
    }
    pages {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        check_health                      all       all       all       all       all       all       all       all
        check_readiness                   all       all       all       all       all       all       all       all
        read_description                  all       all       all       all       all       all       all       all
        read_pages                        all       all       all       all       all       all       all       all
    }
    operations {
        //                                customer  teller    loan      manager   complian  auditor   operator  admin
        list_projections                  -         -         -         -         -         all       all       all
        rebuild_projection                -         -         -         -         -         -         all       all
        list_parked_partitions            -         -         -         -         -         all       all       all
        list_projection_parked_partitions -         -         -         -         -         all       all       all
        retry_parked_partition            -         -         -         -         -         -         all       all
        skip_parked_partition             -         -         -         -         -         -         all       all
        list_skipped_events               -         -         -         -         -         all       all       all
        list_skipped_events_of_projection -         -         -         -         -         all       all       all
        retry_skipped_event               -         -         -         -         -         -         all       all
        list_contexts                     -         -         -         -         -         all       all       all
        list_operations                   -         -         -         -         -         all       all       all
        show_relay                        -         -         -         -         -         all       all       all
        show_settings                     -         all       all       all       all       all       all       all
        change_settings                   -         -         -         -         -         -         -         all
        verify_log                        -         -         -         -         -         all       all       all
        download_backup                   -         -         -         -         -         -         -         all
        export_events                     -         -         -         -         -         -         -         all
        import_facts                      -         -         -         -         -         -         -         all
        echo_body                         -         -         -         -         -         -         -         all
        read_metrics                      -         -         -         -         -         all       all       all
    }
};
