//! Customers: who the bank serves.
