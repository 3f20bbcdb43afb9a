// Runs the module: requests of the page in, its events out. A script that does
// not end keeps this worker busy for ever; the page ends it then.
import { wasi } from "./wasi.js";

// As often as a server looks after what is due, ten times a second, at least;
// while something runs, as often as a worker's timer can.
const BUSY = 4, IDLE = 100;
let lab, shim, timer, wasBusy = false;

async function load() {
  const response = await fetch("redis-lab.wasm");
  if (!response.ok) throw new Error(`redis-lab.wasm: ${response.status}`);
  const module = await WebAssembly.compile(await response.arrayBuffer());
  shim = wasi(module);
  const instance = await WebAssembly.instantiate(module, shim.imports);
  lab = instance.exports;
  shim.attach(lab);
  lab._initialize?.();
}

function call(request) {
  const input = new TextEncoder().encode(JSON.stringify(request));
  new Uint8Array(lab.memory.buffer, lab.buffer(input.length), input.length).set(input);
  const at = lab.call();
  return JSON.parse(new TextDecoder().decode(new Uint8Array(lab.memory.buffer, at, lab.answered())));
}

function ask(request) {
  clearTimeout(timer);
  let answer;
  try {
    answer = call(request);
  } catch (error) {
    postMessage({ crashed: `${error}\n${shim.lastWords()}` });
    return;
  }
  const { events, busy } = answer;
  if (request.do !== "tick" || events.length || busy !== wasBusy) {
    postMessage({ events, busy, memory: lab.memory.buffer.byteLength });
  }
  wasBusy = busy;
  timer = setTimeout(ask, busy ? BUSY : IDLE, { do: "tick" });
}

const loaded = load().then(() => postMessage({ ready: true }), (error) => {
  postMessage({ failed: String(error) });
  throw error;
});
onmessage = ({ data }) => loaded.then(() => ask(data), () => {});
