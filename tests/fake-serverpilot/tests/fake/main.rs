//! Holds the fake to its word: the documented rules, and that each fault does what it says.

mod client;
mod control;
mod faults;
mod program;
mod rules;
