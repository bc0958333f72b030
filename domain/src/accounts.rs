//! Bank accounts: balances, holds, limits, interest.
