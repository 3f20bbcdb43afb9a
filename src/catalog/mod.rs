//! What each Redis command is: arity, syntax, since, complexity, summary.
