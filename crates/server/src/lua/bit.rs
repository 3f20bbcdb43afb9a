//! The `bit` library: operations on numbers as 32-bit words.

use super::raise;
use mlua::{Lua, MultiValue, Table};

/// A number reduced to 32 bits, rounded as adding 2^52 + 2^51 rounds it.
fn word(lua: &Lua, args: &MultiValue, n: usize) -> mlua::Result<u32> {
    let number = raise::number_arg(lua, args, n)?;
    Ok((number + 6_755_399_441_055_744.0).to_bits() as u32)
}

fn result(word: u32) -> f64 {
    f64::from(word as i32)
}

/// The library's table.
pub(crate) fn library(lua: &Lua) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    let unary: [(&str, fn(u32) -> u32); 3] = [
        ("tobit", |a| a),
        ("bnot", |a| !a),
        ("bswap", u32::swap_bytes),
    ];
    for (name, operation) in unary {
        let function = lua.create_function(move |lua, args: MultiValue| {
            Ok(result(operation(word(lua, &args, 1)?)))
        })?;
        table.raw_set(name, function)?;
    }
    let folds: [(&str, fn(u32, u32) -> u32); 3] = [
        ("band", |a, b| a & b),
        ("bor", |a, b| a | b),
        ("bxor", |a, b| a ^ b),
    ];
    for (name, operation) in folds {
        let function = lua.create_function(move |lua, args: MultiValue| {
            let mut all = word(lua, &args, 1)?;
            for n in 2..=args.len() {
                all = operation(all, word(lua, &args, n)?);
            }
            Ok(result(all))
        })?;
        table.raw_set(name, function)?;
    }
    let shifts: [(&str, fn(u32, u32) -> u32); 5] = [
        ("lshift", |a, n| a << n),
        ("rshift", |a, n| a >> n),
        ("arshift", |a, n| ((a as i32) >> n) as u32),
        ("rol", |a, n| a.rotate_left(n)),
        ("ror", |a, n| a.rotate_right(n)),
    ];
    for (name, operation) in shifts {
        let function = lua.create_function(move |lua, args: MultiValue| {
            let (a, n) = (word(lua, &args, 1)?, word(lua, &args, 2)?);
            Ok(result(operation(a, n & 31)))
        })?;
        table.raw_set(name, function)?;
    }
    table.raw_set("tohex", lua.create_function(tohex)?)?;
    Ok(table)
}

/// The word in hexadecimal, at most 8 digits; a negative count means capitals.
fn tohex(lua: &Lua, args: MultiValue) -> mlua::Result<String> {
    let a = word(lua, &args, 1)?;
    let digits = match args.len() {
        0 | 1 => 8,
        _ => word(lua, &args, 2)? as i32,
    };
    let text = match digits {
        ..0 => format!("{a:08X}"),
        _ => format!("{a:08x}"),
    };
    let keep = digits.unsigned_abs().min(8) as usize;
    Ok(text[8 - keep..].to_string())
}
