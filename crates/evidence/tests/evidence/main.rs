//! The room from outside: what is sealed opens, what was changed is refused, and independent programs agree.

mod arrivals;
mod by_hand;
mod containers;
mod custody;
mod documents;
mod dossier;
mod export_vectors;
mod exports;
mod parsers;
mod ranges;
mod sealing;
mod sets;
mod tampering;
mod vectors;
mod witnesses;
mod world;
