// The course in a real browser, played by a script that types: every section
// from its first screen to its end, tasks and exercises solved, replies compared
// with those of the native built-in server; a script without end; progress kept,
// saved and added; accessibility, phones, both languages.
//
//   NODE_PATH=.../node_modules node tests/browser/course.js URL PROGRAM [FOLDER FOR SCREENSHOTS] [SECTION...]
//
// CHROMIUM names the browser; Debian's is the default.
"use strict";

const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [url, program, shots, ...only] = process.argv.slice(2);
const root = path.join(__dirname, "../..");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const PATIENCE = 60000;

// What the page's prompt says where something is asked, in each language.
const ASKS = {
  en: { task: "(your turn)", predict: "(type the answer", exercise: "(solve it here", last: "(Enter: leave)", onwards: "(Enter: next section" },
  pl: { task: "(twoja kolej)", predict: "(wpisz odpowiedź", exercise: "(rozwiąż tutaj", last: "(Enter: wyjście)", onwards: "(Enter: następna sekcja" },
};

// --- answers, from the lesson's file ---

/** Lines that belong together, for a script may be longer than one. */
function commands(lines) {
  const found = [];
  let open = "";
  for (const line of lines) {
    open = open ? `${open}\n${line}` : line;
    const bare = open.replace(/\\./g, "");
    if ((bare.match(/"/g) ?? []).length % 2 || (bare.replace(/"[^"]*"/g, "").match(/'/g) ?? []).length % 2) continue;
    if (open.trim()) found.push(open);
    open = "";
  }
  return found;
}

/** What a learner says that a command will answer. */
function guess(reply) {
  const text = reply.join(" ");
  if (text.includes("(error)")) return "error";
  if (text.includes("(nil)")) return "nil";
  if (text.includes("(empty")) return "empty";
  return text.replace(/\b\d+\) /g, "").replace(/\(integer\) /g, "").replace(/"/g, "").trim();
}

function answers(section, lang) {
  const text = fs.readFileSync(path.join(root, "lessons", lang, `${section}.md`), "utf8");
  const tasks = new Map(), solutions = new Map();
  let fence = null, lines = [];
  for (const line of text.split("\n")) {
    const mark = line.match(/^(`{3,4})(.*)$/);
    if (mark && !fence) [fence, lines] = [mark, []];
    else if (mark && fence[1] === mark[1] && !mark[2]) {
      const [kind, what, id, session] = fence[2].split(" ");
      if (kind === "redis" && what === "solution") solutions.set(id, commands(lines));
      if (kind === "text" && what === "task") tasks.set(id, { ...task(lines), session });
      fence = null;
    } else if (fence) lines.push(line);
  }
  // Where the lesson's own servers are a recording, only guesses can be made.
  const own = text.match(/<!-- servers: (.*) -->/)?.[1] ?? "";
  for (const [id, { session, predicts }] of tasks) {
    if (session && own.includes(session.slice(1)) && !predicts) tasks.delete(id);
  }
  return { tasks, solutions };
}

function task(lines) {
  const part = (name) => {
    const found = [];
    let inside = false;
    for (const line of lines) {
      const other = line.match(/^(setup|check|reply|predict|answer|wrong)>(.*)$/);
      if (other) inside = other[1] === name;
      if (inside && other) found.push(other[2].trim());
      else if (inside && !line.startsWith("#")) found.push(line);
    }
    return found;
  };
  const predicted = part("predict");
  return predicted.length ? { say: [guess(predicted.slice(1))], predicts: true } : { say: commands(part("answer")) };
}

// --- the page ---

class Learner {
  constructor(page, lang) {
    Object.assign(this, { page, lang, typed: 0 });
  }

  async idle() {
    await this.page.waitForFunction(() => document.getElementById("lab").getAttribute("aria-busy") === "false"
      && document.getElementById("ps").textContent !== "", null, { timeout: PATIENCE });
  }

  async say(text) {
    await this.page.fill("#prompt", text.replace(/\n/g, " ⏎ "));
    await this.page.press("#prompt", "Enter");
    this.typed += 1;
    await this.idle();
  }

  state() {
    return this.page.evaluate(() => ({
      asks: document.getElementById("prompt").placeholder,
      place: location.hash.slice(1),
      task: [...document.querySelectorAll("#log .task")].at(-1)?.dataset.id,
    }));
  }

  replies() {
    return this.page.evaluate(() => [...document.querySelectorAll("pre.reply[data-lesson]")].map((reply) => {
      const copy = reply.cloneNode(true);
      copy.querySelectorAll("i").forEach((name) => name.remove());
      return { text: copy.textContent, ok: reply.dataset.lesson === "true" };
    }));
  }

  /** Plays the section that is open to its end; with `types`, its commands are typed. */
  async play(section, types) {
    const { tasks, solutions } = answers(section, this.lang);
    const asks = ASKS[this.lang], done = { tasks: 0, exercises: 0, commands: 0 };
    const order = [...solutions.keys()];
    for (let turn = 0; turn < 2000; turn += 1) {
      await this.idle();
      const state = await this.state();
      const before = await this.page.locator("#log").innerText();
      if (state.asks.startsWith(asks.task) || state.asks.startsWith(asks.predict)) {
        const { say } = tasks.get(state.task);
        for (const line of say) await this.say(line);
        const after = await this.page.locator("#log").innerText();
        assert.ok(after.split("✓").length > before.split("✓").length, `${state.task} is solved by ${say}`);
        done.tasks += 1;
      } else if (state.asks.startsWith(asks.exercise)) {
        const id = order[done.exercises];
        for (const line of solutions.get(id)) await this.say(line);
        const now = await this.state();
        assert.ok(!now.asks.startsWith(asks.exercise), `${id} is solved: ${(await this.page.locator("#log").innerText()).slice(-600)}`);
        done.exercises += 1;
      } else if (state.asks.startsWith(asks.onwards) || state.asks.startsWith(asks.last)) {
        assert.strictEqual(done.tasks, tasks.size, `${section}: every task`);
        assert.strictEqual(done.exercises, solutions.size, `${section}: every exercise`);
        return done;
      } else {
        const isCommand = state.asks && !state.asks.startsWith("(");
        done.commands += isCommand ? 1 : 0;
        await this.say(types && isCommand ? state.asks : "");
      }
    }
    throw new Error(`${section} does not end`);
  }
}

/** The replies that the native built-in server gives in a lesson. */
function native(section, lang) {
  const args = ["--json", "--lang", lang, "--server", "builtin", ...(section === "thumbnail" ? ["thumbnail", "lesson"] : [section]), "--no-pause"];
  const out = execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 28 });
  return out.trim().split("\n").map((line) => JSON.parse(line)).filter((event) => event.type === "reply")
    .map((event) => (event.text ?? "").trimEnd());
}

async function open(browser, lang, options = {}) {
  const context = await browser.newContext({ locale: lang === "pl" ? "pl-PL" : "en-GB", viewport: { width: 1200, height: 800 }, ...options });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => {
    const origin = new URL(request.url());
    if (origin.origin !== new URL(url).origin && origin.protocol !== "blob:") problems.push(`asks ${request.url()}`);
  });
  return { context, page, problems, learner: new Learner(page, lang) };
}

async function section(browser, id, lang, types) {
  const { context, page, problems, learner } = await open(browser, lang);
  const begun = Date.now();
  await page.goto(`${url}#${id}`);
  await learner.idle();
  const ready = Date.now() - begun;
  const done = await learner.play(id, types);
  const [ours, one, two] = [await learner.replies(), native(id, lang), native(id, lang)];
  assert.strictEqual(ours.length, one.length, `${id}: as many replies`);
  // Where the lesson leaves room (times, IDs, random members), it must fit there;
  // where it says nothing, what differs from run to run is no difference.
  ours.forEach(({ text, ok }, at) => ok || one[at] !== two[at] || assert.strictEqual(text, one[at], `${id}: reply ${at}`));
  const equal = ours.filter(({ text }, at) => text === one[at]).length;
  assert.strictEqual(await page.locator("mark").count(), 0, `${id}: no surprise`);
  assert.deepStrictEqual(problems, []);
  const memory = Number(await page.getAttribute("#lab", "data-memory")) / 1e6;
  console.log(`${lang} ${id}: ok, ${done.commands} commands ${types ? "typed" : "by Enter"}, ${done.tasks} tasks, ${done.exercises} exercises; `
    + `${equal} of ${one.length} replies the same to the letter, the rest as the lesson says; first prompt after ${ready} ms, module ${memory.toFixed(1)} MB, ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  await context.close();
}

async function accessible(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document));
  assert.deepStrictEqual(violations.map((one) => `${what}: ${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`), []);
}

async function looks(browser, lang, name, options) {
  const { context, page, learner } = await open(browser, lang, { bypassCSP: true, ...options });
  const fits = async (what) => {
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${name} ${what}: ${overflow} pixels stick out`);
  };
  const shot = (what) => shots && page.screenshot({ path: path.join(shots, `${lang}-${name}-${what}.png`) });
  await page.goto(url);
  await page.waitForSelector("#sections li");
  await fits("course");
  await accessible(page, `${name} course`);
  await shot("1-course");
  await page.click("#sections a[href='#lists']");
  await learner.idle();
  await fits("lesson");
  await shot("2-lesson");
  for (let turn = 0; turn < 4; turn += 1) await learner.say("");
  await accessible(page, `${name} lesson`);
  await shot("3-prompt");
  await page.fill("#prompt", "LRA");
  await page.press("#prompt", "Tab");
  await page.waitForFunction(() => document.getElementById("prompt").value.startsWith("LRANGE"));
  await page.fill("#prompt", "L");
  await page.press("#prompt", "Tab");
  await page.waitForSelector("#candidates li");
  await accessible(page, `${name} candidates`);
  await shot("4-candidates");
  await page.press("#prompt", "Escape");
  await page.fill("#prompt", "SET lab:k v EX ");
  await page.waitForFunction(() => document.getElementById("syntax").textContent.includes("seconds"));
  await page.fill("#prompt", "");
  await page.goto(`${url}?lang=${lang}#lists/25`);
  await page.reload();
  await learner.idle();
  await fits("exercise");
  await shot("5-exercise");
  await page.goto(`${url}#shell`);
  await page.reload();
  await learner.idle();
  for (const line of ["HSET lab:h a 1 b 2", "HGETALL lab:h", "help XADD", ":wire on", "GET lab:h"]) await learner.say(line);
  await fits("shell");
  await accessible(page, `${name} shell`);
  await shot("6-shell");
  await context.close();
  console.log(`${lang} ${name}: ok`);
}

/** A script without end costs the tab its server, and the step is built up again. */
async function endless(browser) {
  const { context, page, learner } = await open(browser, "en");
  await page.goto(`${url}#lists`);
  await learner.idle();
  for (let turn = 0; turn < 6; turn += 1) await learner.say("");
  const { place } = await learner.state();
  await page.fill("#prompt", "EVAL \"while true do end\" 0");
  await page.press("#prompt", "Enter");
  await page.click("#stop");
  await page.waitForFunction(() => document.getElementById("log").textContent.includes("was stopped"), null, { timeout: PATIENCE });
  await learner.idle();
  assert.strictEqual((await learner.state()).place, place, "the same step");
  await learner.say("PING");
  assert.match(await page.locator("#log").innerText(), /PONG\s*$/);
  // A blocking command is ended by the server itself.
  await page.fill("#prompt", "BLPOP lab:never 0");
  await page.press("#prompt", "Enter");
  await page.waitForSelector("#stop:not([hidden])");
  await page.click("#stop");
  await learner.idle();
  assert.match(await page.locator("#log").innerText(), /\(nil\)/);
  await context.close();
  console.log("a script without end: ok");
}

/** Progress is kept over a reload, saved as the terminal's file, and added. */
async function progress(browser) {
  const { context, page, learner } = await open(browser, "en");
  await page.goto(`${url}#strings`);
  await learner.idle();
  for (let turn = 0; turn < 12; turn += 1) await learner.say("");
  const { place } = await learner.state();
  await page.goto(url);
  await page.reload();
  await page.waitForSelector("#sections li");
  const number = place.split("/")[1];
  assert.match(await page.locator("#sections a[href='#strings']").innerText(), new RegExp(`Step ${number} of`));
  await page.click("#kept summary");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  const file = JSON.parse(fs.readFileSync(await download.path(), "utf8"));
  assert.strictEqual(file.version, 1);
  assert.strictEqual(file.lessons.strings.step, Number(number) - 1);
  const other = { ...file, lessons: { lua: { step: 3, finished: true } }, exercises: {}, tasks: {} };
  await page.setInputFiles("#load", { name: "practice.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(other)) });
  await page.waitForFunction(() => document.querySelector("#sections a[href='#lua']").textContent.includes("Step 4"));
  assert.match(await page.locator("#sections a[href='#strings']").innerText(), new RegExp(`Step ${number} of`), "nothing is lost");
  await page.setInputFiles("#load", { name: "x.json", mimeType: "application/json", buffer: Buffer.from("{") });
  await page.waitForFunction(() => document.getElementById("status").textContent.includes("no progress file"));
  await context.close();
  console.log("progress: ok");
}

/** The page works without a network once it was there. */
async function offline(browser) {
  const { context, page, learner } = await open(browser, "en");
  await page.goto(url);
  await page.waitForSelector("#sections li");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(async () => (await (await caches.open("redis-lab")).keys()).length > 10);
  await context.setOffline(true);
  await page.goto(`${url}#lists`);
  await page.reload();
  await learner.idle();
  await context.close();
  console.log("offline: ok");
}

async function main() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  if (!only.length) {
    const phone = { viewport: { width: 360, height: 740 }, hasTouch: true };
    for (const lang of ["en", "pl"]) {
      await looks(browser, lang, "desktop", {});
      await looks(browser, lang, "phone", phone);
    }
    await looks(browser, "pl", "dark", { colorScheme: "dark" });
    await looks(browser, "en", "dark-phone", { ...phone, colorScheme: "dark" });
    await endless(browser);
    await progress(browser);
    await offline(browser);
  }
  const ids = fs.readdirSync(path.join(root, "lessons/en")).map((name) => name.replace(/\.md$/, ""));
  if (!only.length) await section(browser, "lists", "en", true);
  for (const id of only.length ? only : ids) await section(browser, id, id.length % 2 ? "pl" : "en", false);
  await browser.close();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
