//! `math.random` as Redis gives it to scripts: the same numbers in every
//! server, from its start on.
//!
//! The generator is POSIX's 48-bit linear congruential one in its initial
//! state; scripts and functions share it.

use super::raise;
use mlua::{Lua, MultiValue, Table};
use std::cell::Cell;
use std::rc::Rc;

/// The generator's state.
#[derive(Debug, Clone)]
pub(crate) struct Random(Rc<Cell<u64>>);

impl Default for Random {
    fn default() -> Self {
        Random(Rc::new(Cell::new(0x1234_ABCD_330E)))
    }
}

impl Random {
    /// Starts the sequence of a seed.
    fn seed(&self, seed: u32) {
        self.0.set(u64::from(seed) << 16 | 0x330E);
    }

    /// The next number of 31 bits.
    fn next(&self) -> u32 {
        let next = self.0.get().wrapping_mul(0x5_DEEC_E66D).wrapping_add(0xB);
        let next = next & 0xFFFF_FFFF_FFFF;
        self.0.set(next);
        (next >> 17) as u32
    }

    /// Puts `random` and `randomseed` into the `math` table.
    pub(crate) fn install(&self, lua: &Lua, math: &Table) -> mlua::Result<()> {
        let random = self.clone();
        let function = lua.create_function(move |lua, args: MultiValue| random.draw(lua, &args))?;
        math.raw_set("random", function)?;
        let random = self.clone();
        let function = lua.create_function(move |lua, args: MultiValue| {
            random.seed(raise::to_i64(raise::number_arg(lua, &args, 1)?) as u32);
            Ok(())
        })?;
        math.raw_set("randomseed", function)
    }

    fn draw(&self, lua: &Lua, args: &MultiValue) -> mlua::Result<f64> {
        let max = f64::from(i32::MAX);
        let r = f64::from(self.next() % i32::MAX.unsigned_abs()) / max;
        let bound = |n| raise::number_arg(lua, args, n).map(|b| f64::from(raise::to_i64(b) as i32));
        match args.len() {
            0 => Ok(r),
            1 => {
                let high = bound(1)?;
                if high < 1.0 {
                    return Err(raise::argument(lua, 1, "interval is empty"));
                }
                Ok((r * high).floor() + 1.0)
            }
            2 => {
                let (low, high) = (bound(1)?, bound(2)?);
                if low > high {
                    return Err(raise::argument(lua, 2, "interval is empty"));
                }
                Ok((r * (high - low + 1.0)).floor() + low)
            }
            _ => Err(raise::text(lua, "wrong number of arguments")),
        }
    }
}
