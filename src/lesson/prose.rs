//! Prose as data: what a renderer needs to lay text out, and no more.

/// A block of prose.
#[derive(Debug, Clone, PartialEq)]
pub enum Prose {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list; its items are paragraphs and nested lists.
    List {
        /// The first number of an ordered list.
        start: Option<u64>,
        /// The items.
        items: Vec<Vec<Prose>>,
    },
    /// A table: rows of cells, the first row is the head.
    Table(Vec<Vec<Vec<Inline>>>),
    /// A quotation.
    Quote(Vec<Prose>),
    /// A heading below the second level.
    Heading(Vec<Inline>),
}

/// A piece of text within a line.
#[derive(Debug, Clone, PartialEq)]
pub enum Inline {
    /// Plain words.
    Text(String),
    /// `code`.
    Code(String),
    /// **Strong** or *emphasised* text.
    Strong(String),
    /// A link's text and address.
    Link(String, String),
    /// A forced line break.
    Break,
}

/// The words alone.
pub fn plain_text(inlines: &[Inline]) -> String {
    inlines
        .iter()
        .map(|inline| match inline {
            Inline::Text(text) | Inline::Code(text) | Inline::Strong(text) => text.as_str(),
            Inline::Link(text, _) => text.as_str(),
            Inline::Break => " ",
        })
        .collect()
}
