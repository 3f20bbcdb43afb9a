//! Runs lessons: lesson + sessions to events to a report.
