//! The teaching shell: the loop, meta commands, completion, hints.
