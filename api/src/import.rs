//! Data sets of other systems, told as historical facts. Deciding and appending them belongs to `khata_application::import`.

pub mod berka;
