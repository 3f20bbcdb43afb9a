//! The built-in server: a faithful Redis inside the binary.
