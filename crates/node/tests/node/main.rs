//! What a node promises, told by two and three nodes that trust nothing but signatures.

mod arriving;
mod consignment;
mod depot;
mod evidence;
mod group;
mod import;
mod items;
mod keeping;
mod law;
mod people;
mod pouch;
mod recovery;
mod request;
mod rounds;
mod serving;
mod sets;
mod time;
mod wire;
mod witnesses;
mod world;
