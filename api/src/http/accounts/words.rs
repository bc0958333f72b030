//! The closed lists of words that bodies about accounts use.

use crate::http::words::Word;
use khata_domain::accounts::{
    AccountType, AmlVerdict, Channel, Direction, EntryKind, FeeKind,
    account::{MissingDays, Status},
};

pub(super) type AccountTypeSchema = Word<AccountType>;
pub(super) type AmlVerdictSchema = Word<AmlVerdict>;
pub(super) type ChannelSchema = Word<Channel>;
pub(super) type DirectionSchema = Word<Direction>;
pub(super) type FeeKindSchema = Word<FeeKind>;
pub(super) type KindSchema = Word<EntryKind>;
pub(super) type MissingDaysSchema = Word<MissingDays>;
pub(super) type StatusSchema = Word<Status>;
