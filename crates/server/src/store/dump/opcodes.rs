//! What stands in a snapshot file in the place of a type, and is none.

pub const SLOT_INFO: u8 = 244;
pub const FUNCTION_2: u8 = 245;
pub const MODULE_AUX: u8 = 247;
pub const IDLE: u8 = 248;
pub const FREQ: u8 = 249;
pub const AUX: u8 = 250;
pub const RESIZE_DB: u8 = 251;
pub const EXPIRE_MS: u8 = 252;
pub const EXPIRE: u8 = 253;
pub const SELECT_DB: u8 = 254;
pub const EOF: u8 = 255;
