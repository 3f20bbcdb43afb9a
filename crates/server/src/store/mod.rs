//! What the server keeps: databases of keys, and the data types as pure data
//! structures that know nothing of clients or replies.

mod block;
pub mod bytes;
pub mod db;
pub mod dict;
pub mod dump;
pub mod geo;
pub mod hash;
pub mod hll;
pub mod intset;
mod limits;
pub mod list;
pub mod listpack;
pub mod set;
pub mod stream;
pub mod string;
pub mod text;
mod value;
pub mod ziplist;
pub mod zset;

pub use bytes::ByteString;
pub use db::{Db, Entry, Sharing};
pub use dict::Dict;
pub use hash::Hash;
pub use limits::Limits;
pub use list::List;
pub use set::Set;
pub use stream::Stream;
pub use string::StringValue;
pub use text::Text;
pub use value::Value;
pub use zset::ZSet;
