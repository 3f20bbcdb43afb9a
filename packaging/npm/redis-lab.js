#!/usr/bin/env node
// Runs the program of this machine's platform package, as if it had been
// started itself: same terminal, same arguments, same end.
"use strict";
const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const platform = `redis-lab-${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "redis-lab.exe" : "redis-lab";
let program;
try {
  program = require.resolve(`${platform}/${file}`);
} catch {
  console.error(`redis-lab: there is no package ${platform} here.`);
  console.error("  hint: install without --omit=optional; where the platform has none, use cargo install --locked redis-lab");
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
// A terminal sends Ctrl-C to both; what to do about it is the program's to decide.
const here = ["SIGINT", "SIGQUIT"];
const passed = ["SIGTERM", "SIGHUP"];
for (const signal of here) process.on(signal, () => {});
for (const signal of passed) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`redis-lab: cannot start ${program}: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  if (code !== null) process.exit(code);
  for (const name of [...here, ...passed]) process.removeAllListeners(name);
  process.kill(process.pid, signal);
  // Where the signal does not end it.
  setTimeout(() => process.exit(128 + constants.signals[signal]), 1000);
});
