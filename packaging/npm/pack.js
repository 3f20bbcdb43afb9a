// Writes the npm packages' folders: redis-lab, and one for each platform given.
//
//   node pack.js FOLDER TARGET=PROGRAM...
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const PLATFORMS = {
  "x86_64-unknown-linux-musl": ["linux", "x64"],
  "aarch64-unknown-linux-musl": ["linux", "arm64"],
  "x86_64-pc-windows-gnu": ["win32", "x64"],
  "x86_64-apple-darwin": ["darwin", "x64"],
  "aarch64-apple-darwin": ["darwin", "arm64"],
};
const { VERSION: version, SUMMARY: summary, ADDRESS: address } = process.env;
const [folder, ...programs] = process.argv.slice(2);
const root = path.join(__dirname, "..", "..");

function write(name, fields, files) {
  const into = path.join(folder, name);
  fs.mkdirSync(into, { recursive: true });
  const manifest = { name, version, license: "MIT OR Apache-2.0", ...fields };
  if (address) Object.assign(manifest, { homepage: address, repository: { type: "git", url: address } });
  fs.writeFileSync(path.join(into, "package.json"), JSON.stringify(manifest, null, 2) + "\n");
  files = { ...files, "LICENSE-MIT": "LICENSE-MIT", "LICENSE-APACHE": "LICENSE-APACHE" };
  for (const [to, from] of Object.entries(files)) {
    fs.copyFileSync(path.resolve(root, from), path.join(into, to));
  }
}

const optionalDependencies = {};
for (const entry of programs) {
  const [target, program] = entry.split("=");
  const [os, cpu] = PLATFORMS[target];
  const name = `redis-lab-${os}-${cpu}`;
  optionalDependencies[name] = version;
  const description = `The program of redis-lab for ${os} ${cpu}`;
  const file = path.basename(program);
  write(name, { description, os: [os], cpu: [cpu], preferUnplugged: true }, { [file]: program });
  fs.chmodSync(path.join(folder, name, file), 0o755);
}
write(
  "redis-lab",
  {
    description: summary,
    keywords: ["redis", "tutorial", "cli", "education"],
    bin: { "redis-lab": "redis-lab.js" },
    engines: { node: ">=16" },
    optionalDependencies,
  },
  { "redis-lab.js": "packaging/npm/redis-lab.js", "README.md": "packaging/pypi/README.md" },
);
fs.chmodSync(path.join(folder, "redis-lab", "redis-lab.js"), 0o755);
