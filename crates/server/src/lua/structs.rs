//! The `struct` library: C structures as strings.

use super::raise;
use mlua::{Lua, MultiValue, Table, Value};

/// The widest integer.
const MAX_INTEGER: usize = 32;
/// The alignment `!` alone stands for.
const NATIVE_ALIGNMENT: usize = 8;

/// The library's table.
pub(crate) fn library(lua: &Lua) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("pack", lua.create_function(pack)?)?;
    table.raw_set("unpack", lua.create_function(unpack)?)?;
    table.raw_set("size", lua.create_function(size)?)?;
    Ok(table)
}

/// A format string while it is read.
struct Format<'a> {
    lua: &'a Lua,
    text: &'a [u8],
    big_endian: bool,
    alignment: usize,
}

/// One item of a format.
struct Item {
    option: u8,
    size: usize,
    padding: usize,
}

impl<'a> Format<'a> {
    fn new(lua: &'a Lua, text: &'a [u8]) -> Self {
        Format {
            lua,
            text,
            big_endian: false,
            alignment: 1,
        }
    }

    /// The next item that is not a setting, where `total` bytes came before.
    fn next(&mut self, total: usize) -> mlua::Result<Option<Item>> {
        while let Some((option, rest)) = self.text.split_first() {
            self.text = rest;
            let size = self.size(*option)?;
            let padding = self.padding(*option, size, total);
            match option {
                b' ' => {}
                b'<' => self.big_endian = false,
                b'>' => self.big_endian = true,
                b'!' => {
                    let alignment = self.number(NATIVE_ALIGNMENT)?;
                    if !alignment.is_power_of_two() {
                        let message = format!("alignment {alignment} is not a power of 2");
                        return Err(raise::text(self.lua, message));
                    }
                    self.alignment = alignment;
                }
                b'x' | b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' | b'f'
                | b'd' | b's' | b'c' => {
                    return Ok(Some(Item {
                        option: *option,
                        size,
                        padding,
                    }));
                }
                other => {
                    let problem = format!("invalid format option '{}'", char::from(*other));
                    return Err(raise::argument(self.lua, 1, &problem));
                }
            }
        }
        Ok(None)
    }

    /// A decimal number in the format, or a default where there is none.
    fn number(&mut self, default: usize) -> mlua::Result<usize> {
        let digits = self.text.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return Ok(default);
        }
        let (number, rest) = self.text.split_at(digits);
        self.text = rest;
        let value = number.iter().try_fold(0_i32, |n, digit| {
            n.checked_mul(10)?.checked_add(i32::from(digit - b'0'))
        });
        match value {
            Some(value) => Ok(value as usize),
            None => Err(raise::text(self.lua, "integral size overflow")),
        }
    }

    fn size(&mut self, option: u8) -> mlua::Result<usize> {
        Ok(match option {
            b'B' | b'b' | b'x' => 1,
            b'H' | b'h' => 2,
            b'L' | b'l' | b'T' | b'd' => 8,
            b'f' => 4,
            b'c' => self.number(1)?,
            b'i' | b'I' => {
                let size = self.number(4)?;
                if size > MAX_INTEGER {
                    let message =
                        format!("integral size {size} is larger than limit of {MAX_INTEGER}");
                    return Err(raise::text(self.lua, message));
                }
                size
            }
            _ => 0,
        })
    }

    fn padding(&self, option: u8, size: usize, total: usize) -> usize {
        if size == 0 || option == b'c' {
            return 0;
        }
        let alignment = size.min(self.alignment);
        if alignment > 1 {
            (alignment - (total & (alignment - 1))) & (alignment - 1)
        } else {
            0
        }
    }

    fn put_integer(&self, out: &mut Vec<u8>, number: f64, size: usize) {
        let mut value = raise::to_i64(number) as u64;
        if number >= 9_223_372_036_854_775_808.0 {
            value = number as u64;
        }
        let bytes = (0..size).map(|i| value.checked_shr(8 * i as u32).unwrap_or(0) as u8);
        if self.big_endian {
            out.extend(bytes.rev());
        } else {
            out.extend(bytes);
        }
    }

    fn integer(&self, bytes: &[u8], signed: bool) -> f64 {
        let fold = |n: u64, byte: &u8| n << 8 | u64::from(*byte);
        let value = if self.big_endian {
            bytes.iter().fold(0, fold)
        } else {
            bytes.iter().rev().fold(0, fold)
        };
        if !signed {
            return value as f64;
        }
        let unused = 64_u32.saturating_sub(8 * bytes.len() as u32);
        ((value << unused) as i64 >> unused) as f64
    }
}

fn pack(lua: &Lua, args: MultiValue) -> mlua::Result<mlua::LuaString> {
    let text = raise::string_arg(lua, &args, 1)?;
    let text = text.as_bytes();
    let mut format = Format::new(lua, &text);
    let mut out: Vec<u8> = Vec::new();
    let mut arg = 2;
    while let Some(item) = format.next(out.len())? {
        out.resize(out.len() + item.padding, 0);
        match item.option {
            b'x' => out.push(0),
            b'f' => {
                let bits = (number(lua, &args, arg)? as f32).to_be_bytes();
                put(&mut out, &bits, format.big_endian);
                arg += 1;
            }
            b'd' => {
                let bits = number(lua, &args, arg)?.to_be_bytes();
                put(&mut out, &bits, format.big_endian);
                arg += 1;
            }
            b'c' | b's' => {
                let text = argument(lua, &args, arg)?;
                let bytes = text.as_bytes();
                let size = if item.size == 0 {
                    bytes.len()
                } else {
                    item.size
                };
                if bytes.len() < size {
                    // Redis counts the argument after it.
                    return Err(raise::argument(lua, arg + 1, "string too short"));
                }
                out.extend_from_slice(&bytes[..size]);
                if item.option == b's' {
                    out.push(0);
                }
                arg += 1;
            }
            _ => {
                let number = number(lua, &args, arg)?;
                format.put_integer(&mut out, number, item.size);
                arg += 1;
            }
        }
    }
    lua.create_string(out)
}

/// A string argument; a missing one counts as nil, for the library has put a
/// value of its own after the arguments when it looks.
fn argument(lua: &Lua, args: &MultiValue, n: usize) -> mlua::Result<mlua::LuaString> {
    if args.len() < n {
        return Err(raise::argument(lua, n, "string expected, got nil"));
    }
    raise::string_arg(lua, args, n)
}

/// A number argument; see [`argument`].
fn number(lua: &Lua, args: &MultiValue, n: usize) -> mlua::Result<f64> {
    if args.len() < n {
        return Err(raise::argument(lua, n, "number expected, got nil"));
    }
    raise::number_arg(lua, args, n)
}

fn put(out: &mut Vec<u8>, big_endian_bytes: &[u8], big_endian: bool) {
    if big_endian {
        out.extend_from_slice(big_endian_bytes);
    } else {
        out.extend(big_endian_bytes.iter().rev());
    }
}

fn unpack(lua: &Lua, args: MultiValue) -> mlua::Result<MultiValue> {
    let text = raise::string_arg(lua, &args, 1)?;
    let text = text.as_bytes();
    let data = raise::string_arg(lua, &args, 2)?;
    let data = data.as_bytes();
    let offset = raise::int_arg_or(lua, &args, 3, 1)?;
    if offset < 1 {
        return Err(raise::argument(lua, 3, "offset must be 1 or greater"));
    }
    let mut at = offset as usize - 1;
    let too_short = || raise::argument(lua, 2, "data string too short");
    let mut format = Format::new(lua, &text);
    let mut values: Vec<Value> = Vec::new();
    while let Some(item) = format.next(at)? {
        at = at.saturating_add(item.padding);
        let rest = data.get(at..).ok_or_else(too_short)?;
        let bytes = rest.get(..item.size).ok_or_else(too_short)?;
        let mut used = item.size;
        match item.option {
            b'x' => {}
            b'f' => {
                let number = f32::from_bits(format.bits(bytes) as u32);
                values.push(Value::Number(f64::from(number)));
            }
            b'd' => values.push(Value::Number(f64::from_bits(format.bits(bytes)))),
            b'c' if item.size == 0 => {
                // The size is the number unpacked just before.
                let Some(size) = values.pop().as_ref().and_then(raise::as_number) else {
                    return Err(raise::text(lua, "format 'c0' needs a previous size"));
                };
                used = raise::to_i64(size) as usize;
                let bytes = rest.get(..used).ok_or_else(too_short)?;
                values.push(Value::String(lua.create_string(bytes)?));
            }
            b'c' => values.push(Value::String(lua.create_string(bytes)?)),
            b's' => {
                let end = rest.iter().position(|byte| *byte == 0);
                let end = end.ok_or_else(|| raise::text(lua, "unfinished string in data"))?;
                values.push(Value::String(lua.create_string(&rest[..end])?));
                used = end + 1;
            }
            option => {
                let signed = option.is_ascii_lowercase();
                values.push(Value::Number(format.integer(bytes, signed)));
            }
        }
        at += used;
    }
    values.push(Value::Number(at as f64 + 1.0));
    Ok(values.into_iter().collect())
}

impl Format<'_> {
    fn bits(&self, bytes: &[u8]) -> u64 {
        let fold = |n: u64, byte: &u8| n << 8 | u64::from(*byte);
        if self.big_endian {
            bytes.iter().fold(0, fold)
        } else {
            bytes.iter().rev().fold(0, fold)
        }
    }
}

fn size(lua: &Lua, args: MultiValue) -> mlua::Result<f64> {
    let text = raise::string_arg(lua, &args, 1)?;
    let text = text.as_bytes();
    let mut format = Format::new(lua, &text);
    let mut total = 0_usize;
    while let Some(item) = format.next(total)? {
        match item.option {
            b's' => return Err(raise::argument(lua, 1, "option 's' has no fixed size")),
            b'c' if item.size == 0 => {
                return Err(raise::argument(lua, 1, "option 'c0' has no fixed size"));
            }
            _ => {}
        }
        total += item.padding + item.size;
    }
    Ok(total as f64)
}
