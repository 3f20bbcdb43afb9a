// As much of WASI (preview 1) as the module asks for: clocks, random bytes, and
// a place for last words. There are no files, arguments or variables; whatever
// else is called answers that it does not exist.

const OK = 0, BAD_FILE = 8, NO_SUCH_CALL = 52;
const REALTIME = 0;

/** The imports for a module, and how to hear of its last words. */
export function wasi(module) {
  let memory, said = "";
  const view = () => new DataView(memory.buffer);
  const none = (count, size) => {
    view().setUint32(count, 0, true);
    view().setUint32(size, 0, true);
    return OK;
  };
  const now = (clock) => {
    const ms = (clock === REALTIME ? performance.timeOrigin : 0) + performance.now();
    const whole = Math.floor(ms);
    return BigInt(whole) * 1000000n + BigInt(Math.floor((ms - whole) * 1e6));
  };
  const calls = {
    args_get: () => OK,
    args_sizes_get: none,
    environ_get: () => OK,
    environ_sizes_get: none,
    clock_time_get(clock, _precision, at) {
      view().setBigUint64(at, now(clock), true);
      return OK;
    },
    clock_res_get(_clock, at) {
      view().setBigUint64(at, 1000n, true);
      return OK;
    },
    random_get(at, length) {
      for (let done = 0; done < length; done += 65536) {
        crypto.getRandomValues(new Uint8Array(memory.buffer, at + done, Math.min(65536, length - done)));
      }
      return OK;
    },
    fd_write(_file, parts, count, written) {
      let total = 0;
      for (let at = parts; at < parts + 8 * count; at += 8) {
        const length = view().getUint32(at + 4, true);
        said += new TextDecoder().decode(new Uint8Array(memory.buffer, view().getUint32(at, true), length));
        total += length;
      }
      said = said.slice(-2000);
      view().setUint32(written, total, true);
      return OK;
    },
    fd_prestat_get: () => BAD_FILE,
    sched_yield: () => OK,
    proc_exit(code) {
      throw new Error(`exit ${code}`);
    },
  };
  const imports = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    // The tag is that of Lua's longjmp.
    imports[from][name] = kind === "tag"
      ? new WebAssembly.Tag({ parameters: ["i32"] })
      : calls[name] ?? (() => NO_SUCH_CALL);
  }
  return {
    imports,
    attach(exports) {
      memory = exports.memory;
    },
    lastWords: () => said,
  };
}
