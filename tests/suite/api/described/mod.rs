//! The document of the APIs: complete, well formed, true, and served.

mod document;
mod table;
