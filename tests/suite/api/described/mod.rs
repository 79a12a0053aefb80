//! The document of the APIs: complete, well formed, true, and served.

mod document;
mod fuzz;
mod generator;
mod page;
mod table;
