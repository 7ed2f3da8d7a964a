//! Where secrets live, as a specification: vaults, keyrings, authorities, persons, and what an independent program reads.

mod authority;
mod keyring;
mod persons;
mod sources;
mod vault;
mod vectors;
mod witness;
mod world;
