//! What `docs/spec/exchange.md` promises, seen from outside: two nodes on loopback with real keys, callers that are hostile, and media that
//! are damaged.

mod delivery;
mod exhibits;
mod hostile_peers;
mod limits;
mod peers;
mod pouches;
mod refusals;
mod time_stamps;
mod vectors;
mod wire;
mod witness;
mod witnesses;
mod world;
