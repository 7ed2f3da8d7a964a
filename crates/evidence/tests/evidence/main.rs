//! The room from outside: what is sealed opens, what was changed is refused, and independent programs agree.

mod arrivals;
mod custody;
mod documents;
mod parsers;
mod ranges;
mod sealing;
mod tampering;
mod vectors;
mod witnesses;
mod world;
