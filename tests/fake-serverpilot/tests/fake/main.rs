//! Tests the fake itself: the documented rules, and the effect of each fault.

mod client;
mod control;
mod faults;
mod program;
mod rules;
