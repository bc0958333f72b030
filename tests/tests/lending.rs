//! Loans over the real server, with what is done without anybody asking: they are paid out, or everything is undone.

#[path = "lending/assessment.rs"]
mod assessment;
#[path = "lending/bank.rs"]
mod bank;
#[path = "lending/disbursement.rs"]
mod disbursement;
