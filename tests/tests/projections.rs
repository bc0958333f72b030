//! The runner of projections: live batches, parking, rebuilds, crashes; and for every projection of Khata: a
//! rebuild gives exactly the rows that grew event by event, however the events were cut into batches.

#[path = "projections/equality.rs"]
mod equality;
#[path = "projections/failing.rs"]
mod failing;
#[path = "projections/feeder.rs"]
mod feeder;
#[path = "projections/notes.rs"]
mod notes;
#[path = "projections/pages.rs"]
mod pages;
#[path = "projections/parking.rs"]
mod parking;
#[path = "projections/rebuilding.rs"]
mod rebuilding;
#[path = "projections/recalling.rs"]
mod recalling;
#[path = "projections/running.rs"]
mod running;
#[path = "projections/several.rs"]
mod several;
#[path = "projections/states.rs"]
mod states;
#[path = "projections/stories.rs"]
mod stories;
#[path = "projections/tables.rs"]
mod tables;
#[path = "projections/world.rs"]
mod world;
