//! The doors of a node, driven as callers and browsers drive them: every route, who may and who may not, and what a page shows.

mod api;
mod browser;
mod exhibits;
mod gate;
mod items;
mod pages;
mod proofs;
mod vendored;
mod world;
