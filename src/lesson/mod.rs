//! Lessons as data: the model, the Markdown parser with spans, the embedded library.
