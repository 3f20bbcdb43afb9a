//! The arguments of `redis.call`.

use crate::wire::number::format_double;
use mlua::state::RawLua;
use mlua::{FromLuaMulti, Lua, MultiValue, Value, ffi};
use smallvec::SmallVec;
use std::ffi::c_int;

/// Strings and numbers a script has passed on, all bytes in one buffer.
#[derive(Default)]
pub(crate) struct Arguments {
    bytes: SmallVec<[u8; 128]>,
    /// Where each ends.
    ends: SmallVec<[usize; 8]>,
    /// One is neither a string nor a number.
    other: bool,
}

impl Arguments {
    /// The bytes of each.
    ///
    /// # Errors
    /// Redis's text when there is none, or something else.
    pub(crate) fn slices(&self) -> Result<SmallVec<[&[u8]; 8]>, &'static str> {
        if self.other {
            return Err("ERR Lua redis lib command arguments must be strings or integers");
        }
        if self.ends.is_empty() {
            return Err("ERR Please specify at least one argument for this redis lib call");
        }
        let mut start = 0;
        let mut slices = SmallVec::with_capacity(self.ends.len());
        for end in &self.ends {
            slices.push(&self.bytes[start..*end]);
            start = *end;
        }
        Ok(slices)
    }

    fn string(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }

    /// Every number of Lua is a double; whole ones are written without a detour.
    fn number(&mut self, number: f64) {
        const EXACT: f64 = 1e17;
        if number.fract() == 0.0 && number.abs() < EXACT {
            self.string(itoa::Buffer::new().format(number as i64).as_bytes());
        } else {
            self.string(format_double(number).as_bytes());
        }
    }
}

impl FromLuaMulti for Arguments {
    fn from_lua_multi(values: MultiValue, _: &Lua) -> mlua::Result<Arguments> {
        let mut arguments = Arguments::default();
        for value in &values {
            match value {
                Value::String(text) => arguments.string(&text.as_bytes()),
                Value::Number(number) => arguments.number(*number),
                Value::Integer(number) => arguments.number(*number as f64),
                _ => arguments.other = true,
            }
        }
        Ok(arguments)
    }

    /// The same from where Lua has them: mlua would make, count and drop two
    /// references to read a string, a fifth of what a call takes.
    #[expect(unsafe_code, reason = "mlua has no other way to lend a string")]
    unsafe fn from_stack_multi(count: c_int, lua: &RawLua) -> mlua::Result<Arguments> {
        let state = lua.state();
        let mut arguments = Arguments::default();
        for index in -count..0 {
            // SAFETY: mlua promises so many values on top of the stack of the state
            // that runs, so every index is of one. Neither asking for a type nor
            // reading a string or a number as what it is changes the stack, allocates
            // or raises an error of Lua's. The string lives while it is on the stack,
            // and is copied before anything else happens.
            unsafe {
                match ffi::lua_type(state, index) {
                    ffi::LUA_TSTRING => {
                        let mut length = 0;
                        let text = ffi::lua_tolstring(state, index, &mut length);
                        arguments.string(std::slice::from_raw_parts(text.cast(), length));
                    }
                    ffi::LUA_TNUMBER => arguments.number(ffi::lua_tonumber(state, index)),
                    _ => arguments.other = true,
                }
            }
        }
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_on_the_stack_they_are_what_they_are_as_values() {
        let lua = Lua::new();
        let show = |arguments: &Arguments| {
            let slices = arguments.slices().map_err(str::to_string)?;
            Ok::<_, String>(
                slices
                    .iter()
                    .map(|slice| slice.to_vec())
                    .collect::<Vec<_>>(),
            )
        };
        let on_stack = move |_: &Lua, arguments: Arguments| Ok(format!("{:?}", show(&arguments)));
        let as_values = move |lua: &Lua, values: MultiValue| {
            Ok(format!(
                "{:?}",
                show(&Arguments::from_lua_multi(values, lua)?)
            ))
        };
        let functions = (
            lua.create_function(on_stack).expect("a function"),
            lua.create_function(as_values).expect("a function"),
        );
        let long = format!("'{}'", "ż\\0".repeat(5_000));
        for (given, shown) in [
            ("'SET', 'k', 'a\\0b\\255'", None),
            ("", Some("Err(\"ERR Please")),
            ("''", Some("Ok([[]])")),
            ("nil", Some("Err(\"ERR Lua")),
            ("'GET', nil", Some("Err(\"ERR Lua")),
            ("{}, 'GET'", Some("Err(\"ERR Lua")),
            ("print, true, 1", Some("Err(\"ERR Lua")),
            ("10, '010', -0, 0/0, 1/0, -1/0", None),
            (
                "3.5, 0.1, 1e15, 1e16, 99999999999999999, 1e17, -1e17, 1e300",
                None,
            ),
            (long.as_str(), None),
        ] {
            let code = format!("local a, b = ... return a({given}), b({given})");
            let both = lua.load(code).call::<(String, String)>(functions.clone());
            let (one, other) = both.expect("two texts");
            assert_eq!(one, other, "{given}");
            assert!(
                shown.is_none_or(|shown| one.starts_with(shown)),
                "{given}: {one}"
            );
            assert!(shown.is_some() || one.starts_with("Ok"), "{given}: {one}");
        }
    }
}
