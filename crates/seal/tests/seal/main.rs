//! The specification of `seal`, as tests: what is accepted, what is refused, and what independent programs say about it.

mod cards;
mod certificates;
mod envelopes;
mod signatures;
mod timestamps;
mod vectors;
mod witnesses;
mod world;
