//! The docket's specification as tests: the engine, any order of arrival, and the published vectors.

mod engine;
mod order;
mod request;
mod vectors;
mod world;
