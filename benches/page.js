// The course in a browser: from opening it to the first prompt, and what its tab
// takes of the memory.
//
//   NODE_PATH=.../node_modules node benches/page.js FOLDER [ROUNDS]
//
// FOLDER is what `redis-lab export web` wrote. Needs puppeteer-core, chromium and
// firefox-esr.
"use strict";

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const { launch } = require("../tests/browser/browsers.js");

const [folder, rounds = 9] = process.argv.slice(2);

/** The proportional memory of a process and all below it, in MB. */
function memory(root) {
  const parents = new Map();
  for (const pid of fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number)) {
    try {
      parents.set(pid, Number(fs.readFileSync(`/proc/${pid}/stat`, "utf8").replace(/.*\) \S+ /, "").split(" ")[0]));
    } catch {
      // It has ended.
    }
  }
  const isBelow = (pid) => pid === root || (parents.has(pid) && isBelow(parents.get(pid)));
  let kilobytes = 0;
  for (const pid of [...parents.keys()].filter(isBelow)) {
    try {
      kilobytes += Number(fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8").match(/^Pss:\s+(\d+)/m)[1]);
    } catch {
      // It has ended.
    }
  }
  return kilobytes / 1024;
}

const middle = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const rest = (ms) => new Promise((done) => setTimeout(done, ms));

const stands = () => document.getElementById("lab").getAttribute("aria-busy") === "false"
  && document.getElementById("ps").textContent !== "";

/** A visitor who was never here opens a page; what is asked of it, and it is left again. */
async function visit(browser, url, ask) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.goto(url);
  const answer = await ask(page);
  await context.close();
  return answer;
}

async function measure(name, url) {
  const browser = await launch(name, "/tmp");
  const size = async () => {
    await rest(3000);
    return memory(browser.process().pid);
  };
  const prompt = async (page) => {
    await page.waitForFunction(stands, { polling: "mutation", timeout: 60000 });
    return page.evaluate(() => performance.now());
  };
  await visit(browser, `${url}#lists`, prompt);
  const times = [], empty = [], opened = [], played = [];
  for (let round = 0; round < rounds; round += 1) times.push(await visit(browser, `${url}#lists`, prompt));
  for (let round = 0; round < 3; round += 1) {
    empty.push(await visit(browser, "about:blank", size));
    const [first, later] = await visit(browser, `${url}#lists`, async (page) => {
      await prompt(page);
      const first = await size();
      for (let turn = 0; turn < 40; turn += 1) {
        await page.focus("#prompt");
        await page.keyboard.press("Enter");
        await page.waitForFunction(stands, { polling: "mutation", timeout: 60000 });
      }
      return [first, await size()];
    });
    opened.push(first);
    played.push(later);
  }
  const more = (sizes) => (middle(sizes) - middle(empty)).toFixed(0);
  console.log(`${await browser.version()}: first prompt after ${middle(times).toFixed(0)} ms (${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)}); `
    + `beyond an empty tab ${more(opened)} MB at the first prompt, ${more(played)} MB after 40 steps`);
  await browser.close();
}

async function main() {
  const server = spawn("python3", ["-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, "0"], { stdio: ["ignore", "pipe", "ignore"] });
  const said = await new Promise((heard) => server.stdout.once("data", heard));
  const url = String(said).match(/\((http[^)]*)\)/)[1];
  for (const name of ["chromium", "firefox"]) await measure(name, url);
  server.kill();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
