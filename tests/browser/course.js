// The course in a real browser, played by a script that types: every section
// from its first screen to its end, tasks and exercises solved, replies compared
// with those of the native built-in server; a script without end; progress kept,
// saved and added; accessibility, phones, zoom, paper, both languages.
//
//   NODE_PATH=.../node_modules node tests/browser/course.js chromium|firefox FOLDER PROGRAM [FOLDER FOR SCREENSHOTS] [SECTION...]
//
// FOLDER is what `redis-lab export web` wrote; Python's web server serves it.
"use strict";

const assert = require("node:assert");
const { execFileSync, spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { answers, sections } = require("./answers.js");
const browsers = require("./browsers.js");

const [name, folder, program, shots, ...only] = process.argv.slice(2);
const downloads = fs.mkdtempSync(path.join(os.tmpdir(), "redis-lab-"));
const PATIENCE = 60000;
let url;

// What the page's prompt says where something is asked, in each language.
const ASKS = {
  en: { task: "(your turn)", predict: "(type the answer", exercise: "(solve it here", last: "(Enter: leave)", onwards: "(Enter: next section" },
  pl: { task: "(twoja kolej)", predict: "(wpisz odpowiedź", exercise: "(rozwiąż tutaj", last: "(Enter: wyjście)", onwards: "(Enter: następna sekcja" },
};

// --- the page ---

class Learner {
  constructor(page, lang) {
    Object.assign(this, { page, lang });
  }

  wait(condition, ...args) {
    return this.page.waitForFunction(condition, { timeout: PATIENCE, polling: "mutation" }, ...args);
  }

  idle() {
    return this.wait(() => document.getElementById("lab").getAttribute("aria-busy") === "false"
      && document.getElementById("ps").textContent !== "");
  }

  /** Opens a place of the page anew: `#lists/4`. */
  async open(place = "") {
    await this.page.goto("about:blank");
    await this.page.goto(url + place);
  }

  async type(text) {
    await this.page.focus("#prompt");
    await this.page.keyboard.type(text.replace(/\n/g, " ⏎ "));
  }

  async say(text) {
    await this.type(text);
    await this.page.keyboard.press("Enter");
    await this.idle();
  }

  async enters(times) {
    for (let turn = 0; turn < times; turn += 1) await this.say("");
  }

  state() {
    return this.page.evaluate(() => ({
      asks: document.getElementById("prompt").placeholder,
      place: location.hash.slice(1),
      task: [...document.querySelectorAll("#log .task")].at(-1)?.dataset.id,
      ticks: document.getElementById("log").textContent.split("✓").length,
    }));
  }

  log() {
    return this.page.$eval("#log", (log) => log.innerText);
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
      if (state.asks.startsWith(asks.task) || state.asks.startsWith(asks.predict)) {
        const { say } = tasks.get(state.task);
        for (const line of say) await this.say(line);
        assert.ok((await this.state()).ticks > state.ticks, `${state.task} is solved by ${say}: ${(await this.log()).slice(-600)}`);
        done.tasks += 1;
      } else if (state.asks.startsWith(asks.exercise)) {
        const id = order[done.exercises];
        for (const line of solutions.get(id)) await this.say(line);
        const now = await this.state();
        assert.ok(!now.asks.startsWith(asks.exercise), `${id} is solved: ${(await this.log()).slice(-600)}`);
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

/** Somebody who was never here, and whose page asks nobody else. */
async function visitor(browser, lang, options) {
  const found = await browsers.visitor(browser, lang, options, { downloadBehavior: { policy: "allow", downloadPath: downloads } });
  found.page.on("request", (request) => {
    const origin = new URL(request.url());
    if (origin.origin !== new URL(url).origin && !["blob:", "about:", "data:"].includes(origin.protocol)) found.problems.push(`asks ${request.url()}`);
  });
  return { ...found, learner: new Learner(found.page, lang) };
}

async function section(browser, id, lang, types) {
  const { context, page, problems, learner } = await visitor(browser, lang);
  const begun = Date.now();
  await learner.open(`#${id}`);
  await learner.idle();
  const ready = Date.now() - begun;
  const done = await learner.play(id, types);
  const [ours, one, two] = [await learner.replies(), native(id, lang), native(id, lang)];
  assert.strictEqual(ours.length, one.length, `${id}: as many replies`);
  // Where the lesson leaves room (times, IDs, random members), it must fit there;
  // where it says nothing, what differs from run to run is no difference.
  const bare = (text) => text.replace(/("id" => \(integer\) )\d+/, "$1(of the client)");
  ours.forEach(({ text, ok }, at) => ok || one[at] !== two[at] || assert.strictEqual(bare(text), bare(one[at]), `${id}: reply ${at}`));
  const equal = ours.filter(({ text }, at) => text === one[at]).length;
  assert.strictEqual((await page.$$("mark")).length, 0, `${id}: no surprise`);
  assert.deepStrictEqual(problems, []);
  const memory = await page.$eval("#lab", (lab) => Number(lab.dataset.memory) / 1e6);
  console.log(`${name} ${lang} ${id}: ok, ${done.commands} commands ${types ? "typed" : "by Enter"}, ${done.tasks} tasks, ${done.exercises} exercises; `
    + `${equal} of ${one.length} replies the same to the letter, the rest as the lesson says; first prompt after ${ready} ms, module ${memory.toFixed(1)} MB, ${((Date.now() - begun) / 1000).toFixed(1)} s`);
  await context.close();
}

/** Every screen: nothing sticks out, nothing is in the way of those who hear the page. */
async function looks(browser, lang, view, options) {
  const { context, page, learner } = await visitor(browser, lang, options);
  let number = 0;
  const screen = async (what) => {
    const overflow = await page.evaluate(() => {
      // What lies above the page is cut off at the left without a trace.
      const boxes = [...document.querySelectorAll("header *, #steps ol, #candidates, #line *")]
        .filter((element) => element.checkVisibility() && element.id !== "load").map((element) => element.getBoundingClientRect());
      const [left, right] = [Math.min(...boxes.map((box) => box.left)), Math.max(...boxes.map((box) => box.right))];
      return Math.max(document.documentElement.scrollWidth - innerWidth, right - innerWidth, -left);
    });
    assert.ok(overflow <= 0, `${view} ${what}: ${overflow} pixels stick out`);
    await browsers.accessible(page, `${view} ${what}`);
    number += 1;
    if (shots) await page.screenshot({ path: path.join(shots, `${name}-${lang}-${view}-${number}-${what}.png`) });
  };
  await learner.open();
  await page.waitForSelector("#sections li");
  await screen("course");
  await page.click("#kept summary");
  await screen("progress");
  await page.click("#kept summary");
  await page.click("#sections a[href='#lists']");
  await learner.idle();
  await screen("lesson");
  await learner.enters(4);
  await screen("prompt");
  await learner.type("LRA");
  await page.keyboard.press("Tab");
  await learner.wait(() => document.getElementById("prompt").value.startsWith("LRANGE"));
  await page.$eval("#prompt", (prompt) => prompt.select());
  await learner.type("L");
  await page.keyboard.press("Tab");
  await page.waitForSelector("#candidates li");
  await screen("candidates");
  await page.keyboard.press("Escape");
  await page.$eval("#prompt", (prompt) => prompt.select());
  await learner.type("SET lab:k v EX ");
  await learner.wait(() => document.getElementById("syntax").textContent.includes("seconds"));
  await screen("syntax");
  await learner.open("#lists/25");
  await learner.idle();
  await screen("exercise");
  await page.click("#steps summary");
  await screen("steps");
  await learner.open("#practice");
  await learner.idle();
  await screen("practice");
  await learner.open("#shell");
  await learner.idle();
  for (const line of ["HSET lab:h a 1 b 2", "HGETALL lab:h", "help XADD", ":wire on", "GET lab:h"]) await learner.say(line);
  await screen("shell");
  await context.close();
  console.log(`${name} ${lang} ${view}: ok`);
}

/** On paper stands all of the log, and nothing to press. */
async function paper(browser) {
  const { context, page, learner } = await visitor(browser, "en");
  await learner.open("#lists");
  await learner.idle();
  await learner.enters(12);
  await page.emulateMediaType("print");
  const printed = await page.evaluate(() => {
    const [log, shows] = [document.getElementById("log"), (id) => document.getElementById(id).checkVisibility()];
    return { cut: log.scrollHeight - log.clientHeight, pressed: ["line", "home", "keys"].filter(shows) };
  });
  assert.deepStrictEqual(printed, { cut: 0, pressed: [] });
  if (shots) await page.pdf({ path: path.join(shots, `${name}-paper.pdf`) });
  await context.close();
  console.log(`${name} paper: ok`);
}

/** A script without end costs the tab its server, and the step is built up again. */
async function endless(browser) {
  const { context, page, learner } = await visitor(browser, "en");
  await learner.open("#lists");
  await learner.idle();
  await learner.enters(6);
  const { place } = await learner.state();
  await learner.type("EVAL \"while true do end\" 0");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#stop:not([hidden])");
  await page.click("#stop");
  await learner.wait(() => document.getElementById("log").textContent.includes("was stopped"));
  await learner.idle();
  assert.strictEqual((await learner.state()).place, place, "the same step");
  await learner.say("PING");
  assert.match(await learner.log(), /PONG\s*$/);
  // A blocking command is ended by the server itself.
  await learner.type("BLPOP lab:never 0");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#stop:not([hidden])");
  await page.click("#stop");
  await learner.idle();
  assert.match(await learner.log(), /\(nil\)/);
  await context.close();
  console.log(`${name} a script without end: ok`);
}

/** A file once it is there as a whole. */
async function downloaded(file) {
  for (let waited = 0; waited < PATIENCE; waited += 50) {
    try {
      return JSON.parse(fs.readFileSync(path.join(downloads, file), "utf8"));
    } catch {
      await new Promise((again) => setTimeout(again, 50));
    }
  }
  throw new Error(`${file} was not downloaded`);
}

/** Progress is kept over a reload, saved as the terminal's file, and added. */
async function progress(browser) {
  const { context, page, learner } = await visitor(browser, "en");
  await learner.open("#strings");
  await learner.idle();
  await learner.enters(12);
  const { place } = await learner.state();
  await learner.open();
  await page.waitForSelector("#sections li");
  const number = place.split("/")[1];
  const shows = (id, step) => learner.wait((id, text) => document.querySelector(`#sections a[href='#${id}']`)?.textContent.includes(text), id, `Step ${step} of`);
  await shows("strings", number);
  await page.click("#kept summary");
  await page.click("#save");
  const file = await downloaded("practice.json");
  assert.strictEqual(file.version, 1);
  assert.strictEqual(file.lessons.strings.step, Number(number) - 1);
  const load = await page.$("#load");
  const give = (text) => {
    const other = path.join(downloads, "other.json");
    fs.writeFileSync(other, text);
    return load.uploadFile(other);
  };
  await give(JSON.stringify({ ...file, lessons: { lua: { step: 3, finished: true } }, exercises: {}, tasks: {} }));
  await shows("lua", 4);
  await shows("strings", number);
  await give("{");
  await learner.wait(() => document.getElementById("status").textContent.includes("no progress file"));
  await context.close();
  console.log(`${name} progress: ok`);
}

/** The exercises alone, one after the other, as `redis-lab practice` has them. */
async function practice(browser, lang) {
  const { context, page, learner } = await visitor(browser, lang);
  const { solutions } = answers("lists", lang);
  await learner.open("#practice/lists");
  await learner.idle();
  for (const lines of solutions.values()) {
    const before = (await learner.state()).ticks;
    for (const line of lines) await learner.say(line);
    assert.ok((await learner.state()).ticks > before, `${lines}: ${(await learner.log()).slice(-600)}`);
    await learner.say("");
  }
  await learner.open();
  await learner.wait((of) => document.querySelector("#sections a[href='#lists']")?.textContent.includes(of), `${solutions.size}`);
  const kept = await page.evaluate(() => JSON.parse(localStorage.getItem("redis-lab.progress")).exercises);
  assert.deepStrictEqual(Object.keys(kept).sort(), [...solutions.keys()].sort());
  await context.close();
  console.log(`${name} ${lang} practice: ok, ${solutions.size} exercises`);
}

/** The page works without a network once it was there. `gone` ends the network. */
async function offline(browser, gone) {
  const { context, page, learner } = await visitor(browser, "en");
  await learner.open();
  await page.waitForSelector("#sections li");
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await page.waitForFunction(async () => (await (await caches.open("redis-lab")).keys()).length > 10, { polling: 100, timeout: PATIENCE });
  await gone();
  await learner.open("#lists");
  await learner.idle();
  await context.close();
  console.log(`${name} offline: ok`);
}

/** Python's web server; it chooses a port, which its first line tells. */
async function serve() {
  const server = spawn("python3", ["-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", folder, "0"],
    { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  url = await new Promise((serves) => server.stdout.on("data", (part) => {
    said += part;
    const found = said.match(/\((http[^)]*)\)/);
    if (found) serves(found[1]);
  }));
  return () => new Promise((gone) => {
    server.once("exit", gone);
    server.kill();
  });
}

async function main() {
  const gone = await serve();
  process.once("exit", gone);
  const browser = await browsers.launch(name, downloads);
  console.log(await browser.version());
  try {
    if (!only.length) {
      const phone = { width: 360, height: 740 };
      for (const lang of ["en", "pl"]) {
        await looks(browser, lang, "desktop", {});
        await looks(browser, lang, "phone", phone);
      }
      // As 1280 by 800 pixels are at 200 %.
      await looks(browser, "pl", "zoom", { width: 640, height: 400, deviceScaleFactor: 2 });
      if (name === "chromium") {
        await looks(browser, "pl", "dark", { dark: true });
        await looks(browser, "en", "dark-phone", { ...phone, dark: true });
        await paper(browser);
      }
      await endless(browser);
      await progress(browser);
      for (const lang of ["en", "pl"]) await practice(browser, lang);
      await section(browser, "lists", "en", true);
    }
    for (const id of only.length ? only : sections()) await section(browser, id, id.length % 2 ? "pl" : "en", false);
    if (!only.length) await offline(browser, gone);
  } finally {
    await browser.close();
    fs.rmSync(downloads, { recursive: true });
  }
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
