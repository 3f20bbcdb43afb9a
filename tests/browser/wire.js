// The page's server behind a Unix socket, so that whatever speaks RESP can talk
// to it: in node, or in a browser that shows the page.
//
//   node tests/browser/wire.js MODULE.wasm[.gz] SOCKET
//   NODE_PATH=.../node_modules node tests/browser/wire.js URL SOCKET chromium|firefox
//
// It says `ready` once it listens, and ends with its standard input.
"use strict";

const fs = require("node:fs");
const net = require("node:net");
const path = require("node:path");
const zlib = require("node:zlib");

const [page, socket, browser] = process.argv.slice(2);
let close = () => {};

/** A function that has the module carry out requests, one after the other. */
async function inNode() {
  // The page's own, which is a module of a browser.
  const shim = fs.readFileSync(path.join(__dirname, "../../src/page/assets/wasi.js"), "utf8");
  const { wasi } = await import(`data:text/javascript,${encodeURIComponent(shim)}`);
  const bytes = fs.readFileSync(page);
  const module = await WebAssembly.compile(page.endsWith(".gz") ? zlib.gunzipSync(bytes) : bytes);
  const system = wasi(module);
  const { exports: lab } = await WebAssembly.instantiate(module, system.imports);
  system.attach(lab);
  lab._initialize?.();
  return carryOut(lab);
}

/** Has an instance carry out requests. It runs in the page, too, and uses nothing from outside. */
function carryOut(lab) {
  return (requests) => requests.flatMap((request) => {
    const input = new TextEncoder().encode(JSON.stringify(request));
    new Uint8Array(lab.memory.buffer, lab.buffer(input.length), input.length).set(input);
    const at = lab.call();
    return JSON.parse(new TextDecoder().decode(new Uint8Array(lab.memory.buffer, at, lab.answered()))).events;
  });
}

async function inBrowser() {
  const { launch } = require("./browsers.js");
  const opened = await launch(browser, "/tmp");
  close = () => opened.close();
  const tab = await opened.newPage();
  await tab.goto(page);
  await tab.evaluate(`(async () => {
    const { wasi } = await import("./wasi.js");
    const module = await WebAssembly.compile(await (await fetch("redis-lab.wasm")).arrayBuffer());
    const system = wasi(module);
    const { exports: lab } = await WebAssembly.instantiate(module, system.imports);
    system.attach(lab);
    lab._initialize?.();
    window.carryOut = (${carryOut})(lab);
  })()`);
  return (requests) => tab.evaluate((requests) => window.carryOut(requests), requests);
}

async function main() {
  const call = await (browser ? inBrowser() : inNode());
  const clients = new Map();
  let asked = [], last = 0, isBusy = false;
  // What happened at the same moment goes in together, who left before who came.
  const soon = () => setImmediate(turn);

  // What clients have sent goes in, and everything comes out that there is for any.
  async function turn() {
    if (isBusy) return;
    isBusy = true;
    do {
      const looks = [...clients.keys()].map((client) => ({ do: "wire", client, bytes: "" }));
      const requests = [...asked, ...looks];
      asked = [];
      for (const { client, bytes, open } of await call(requests)) {
        const connection = clients.get(client);
        if (bytes) connection?.write(Buffer.from(bytes, "latin1"));
        if (open !== false) continue;
        clients.delete(client);
        connection?.end();
      }
    } while (asked.length);
    isBusy = false;
  }

  net.createServer((connection) => {
    const client = (last += 1);
    clients.set(client, connection);
    connection.on("data", (bytes) => {
      if (!clients.has(client)) return;
      asked.push({ do: "wire", client, bytes: bytes.toString("latin1") });
      soon();
    });
    connection.on("error", () => connection.destroy());
    connection.on("close", () => {
      if (!clients.delete(client)) return;
      const isOwn = (request) => request.client === client;
      asked = [...asked.filter(isOwn), { do: "hangup", client }, ...asked.filter((request) => !isOwn(request))];
      soon();
    });
  }).listen(socket, () => console.log("ready"));
  // Time passes in the server, too.
  setInterval(turn, 5);
}

process.stdin.on("end", async () => {
  await close();
  process.exit(0);
}).resume();
main().catch((error) => {
  console.error(error);
  process.exit(1);
});
