// A class of ten in real browsers: joined by code, exercises solved by keyboard,
// a reload, a second device by PIN, follow me, a hint, a sentence, a look over a
// shoulder, a raised hand; and the hub is killed and goes on, and nobody has lost
// anything. How it looks, in both languages, on a phone and in the dark.
//
//   NODE_PATH=.../node_modules node tests/browser/class.js chromium|firefox PROGRAM NEW-FOLDER [FOLDER FOR SCREENSHOTS]
"use strict";

const assert = require("node:assert");
const { execFileSync, spawn } = require("node:child_process");
const { once } = require("node:events");
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const readline = require("node:readline");
const { answers } = require("./answers.js");
const { accessible, launch, visitor } = require("./browsers.js");

const [name, program, folder, shots] = process.argv.slice(2);
const STUDENTS = 10, SECTION = "lists", PATIENCE = 60000;
/** A learner is told within so many ms that the class cannot be reached. */
const TOLD = 20000;
const PHONE = { width: 360, height: 740 };
const EXERCISE = { en: "(solve it here", pl: "(rozwiąż tutaj" };
const WORDS = {
  en: { again: "I have joined before", lower: "Lower your hand", raise: "Raise your hand", wrong: /code/ },
  pl: { again: "Już tu byłem(-am)", lower: "Cofnij zgłoszenie", raise: "Zgłoś się", wrong: /kod/ },
};

/** The teacher's program. Killed and begun again, it has the same addresses. */
class Hub {
  async start() {
    const port = (url) => (url ? new URL(url).port : "0");
    this.child = spawn(program, ["--json", "classroom", SECTION, "--bind", "127.0.0.1", "--port", port(this.url),
      "--board-port", port(this.board), "--keep", folder], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = await once(readline.createInterface({ input: this.child.stdout }), "line");
    Object.assign(this, JSON.parse(line));
  }

  async kill() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }
}

/** The board, as the teacher's browser asks for it. */
class Board {
  constructor(page) {
    this.page = page;
  }

  get(what) {
    return this.page.evaluate(async (what) => (await fetch(`board/${what}`)).json(), what);
  }

  async act(what) {
    const status = await this.page.evaluate(async (body) => (await fetch("board/act", {
      method: "POST", headers: { "content-type": "application/json" }, body,
    })).status, JSON.stringify(what));
    assert.strictEqual(status, 200, JSON.stringify(what));
  }

  /** Waits until the rows are as wanted. */
  async until(what, holds) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const { seats: rows } = await this.get("state");
      if (holds(rows)) return rows;
      assert.ok(Date.now() < end, `${what}: ${JSON.stringify(rows)}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** What stands between a student and the hub: it spoils the stream of news. */
const NETWORKS = {
  /** The stream is open, and nothing of it arrives. */
  "holds the stream back": (from, to) => {
    to.writeHead(from.statusCode, from.headers);
    to.flushHeaders();
    from.resume();
  },
  "refuses the stream": (from, to) => {
    from.destroy();
    to.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway</h1>");
  },
  "cuts the stream every 5 seconds": (from, to) => {
    to.writeHead(from.statusCode, from.headers);
    from.pipe(to);
    setTimeout(() => (from.destroy(), to.destroy()), 5000);
  },
};

/** A proxy in front of the hub; its address. */
async function proxy(hub, spoil) {
  const server = http.createServer((request, to) => {
    const { port, hostname: host } = new URL(hub.url);
    const { method, url, headers } = request;
    const onwards = http.request({ host, port, method, path: url, headers }, (from) => {
      from.on("error", () => to.destroy());
      if (from.headers["content-type"] === "text/event-stream") return spoil(from, to);
      to.writeHead(from.statusCode, from.headers);
      return from.pipe(to);
    });
    onwards.on("error", () => to.destroy());
    to.on("close", () => onwards.destroy());
    request.pipe(onwards);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  return `http://127.0.0.1:${server.address().port}/`;
}

class Student {
  constructor(browser, lang, options = {}) {
    Object.assign(this, { browser, lang, options, problems: [] });
  }

  async open(address) {
    Object.assign(this, await visitor(this.browser, this.lang, this.options));
    this.page.setDefaultTimeout(PATIENCE);
    await this.page.goto(address);
    await this.page.waitForSelector("#join-class[open]");
    return this;
  }

  /** Waits until something holds on the page. */
  wait(condition, ...args) {
    return this.page.waitForFunction(condition, { polling: 100 }, ...args);
  }

  text(what) {
    return this.page.$eval(what, (element) => element.innerText);
  }

  /** What is wrong on the page: that a class cannot be reached is part of the play. */
  wrong() {
    return this.problems.filter((text) => !/Failed to load resource/.test(text));
  }

  /** Types a class's code in the place of what stands there. */
  async code(code) {
    await this.page.$eval("#join-class [name=code]", (field) => (field.value = "", field.focus()));
    await this.type(code);
  }

  /** Types what is asked for, field by field. */
  async type(...fields) {
    for (const [at, text] of fields.entries()) {
      if (at) await this.page.keyboard.press("Tab");
      await this.page.keyboard.type(text);
    }
    await this.page.keyboard.press("Enter");
  }

  async seated() {
    await this.page.waitForSelector("#seat:not([hidden])");
    await this.wait(() => document.querySelector("#seat summary")?.textContent);
    const [name, about] = await this.page.evaluate(() => ["#seat summary", "#seat p"].map((what) => document.querySelector(what).textContent));
    Object.assign(this, { name, pin: about.match(/(\d{4})\.$/)[1] });
  }

  /** Is in the class by this name, again. */
  called(name) {
    return this.wait((name) => document.querySelector("#seat summary")?.textContent === name, name);
  }

  async idle() {
    await this.wait(() => document.getElementById("lab").getAttribute("aria-busy") === "false"
      && document.getElementById("ps").textContent !== "");
  }

  async say(line) {
    await this.page.focus("#prompt");
    await this.page.keyboard.type(line.replace(/\n/g, " ⏎ "));
    await this.page.keyboard.press("Enter");
    await this.idle();
  }

  asks() {
    return this.page.$eval("#prompt", (prompt) => prompt.placeholder);
  }

  /** Solves an exercise of the outline, which counts steps from 0. */
  async solve({ id, step: index }) {
    const step = index + 1;
    await this.page.evaluate((place) => (location.hash = place), `${SECTION}/${step}`);
    await this.wait((step) => [...document.querySelectorAll("#log h2 small")].at(-1)?.textContent.match(/\d+/)[0] === step, String(step));
    await this.idle();
    for (let turn = 0; turn < 10 && !(await this.asks()).startsWith(EXERCISE[this.lang]); turn += 1) await this.say("");
    for (const line of answers(SECTION, this.lang).solutions.get(id)) await this.say(line);
    const log = await this.text("#log");
    assert.ok(log.includes("✓"), `${this.name}: ${id}: ${log.slice(-500)}`);
  }

  /** Waits for what the bar says. */
  sees(what, text) {
    return this.wait((what, text) => document.querySelector(what)?.textContent.includes(text), what, text);
  }

  at(place) {
    return this.wait((place) => location.hash === place, place);
  }
}

async function looks(browser, hub, board, lang, view, options) {
  const student = await new Student(browser, lang, options).open(hub.url);
  const { page } = student;
  const look = async (what) => {
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${view} ${what}: ${overflow} pixels stick out`);
    await accessible(page, `${lang} ${view} ${what}`);
    if (shots) await page.screenshot({ path: path.join(shots, `class-${name}-${lang}-${view}-${what}.png`) });
  };
  await look("1-join");
  await student.type("blue-cow-00");
  await page.waitForSelector("#join-class [role=alert]:not(:empty)");
  assert.match(await student.text("#join-class [role=alert]"), WORDS[lang].wrong);
  await page.click("#other");
  await look("2-return");
  await page.click("#other");
  await student.code(hub.code);
  await student.seated();
  const [{ id: seat }] = await board.until("seated", (rows) => rows.some((row) => row.name === student.name))
    .then((rows) => rows.filter((row) => row.name === student.name));
  await page.waitForSelector("#sections li");
  await look("3-course");
  await page.evaluate((section) => (location.hash = section), SECTION);
  await student.idle();
  for (let turn = 0; turn < 3; turn += 1) await student.say("");
  await board.act({ do: "say", to: seat, text: lang === "pl" ? "Jeszcze pięć minut, potem wspólnie omówimy rozwiązania." : "Five more minutes, then we look at the answers together." });
  await board.act({ do: "look", seat, on: true });
  await page.click("#hand");
  await student.sees("#said", lang === "pl" ? "pięć minut" : "Five more");
  await page.waitForSelector("#looked:not(:empty)");
  // What is said takes nothing away of what was answered last.
  await student.wait(() => {
    const log = document.getElementById("log");
    return log.scrollHeight - log.scrollTop - log.clientHeight < 4;
  });
  await look("4-lesson");
  await page.click("#seat summary");
  await look("5-seat");
  assert.deepStrictEqual(student.wrong(), []);
  await student.context.close();
  await board.act({ do: "remove", seat });
  console.log(`${name} ${lang} ${view}: ok`);
}

async function main() {
  const hub = new Hub();
  await hub.start();
  const browser = await launch(name, path.dirname(folder));
  console.log(await browser.version());
  try {
    await play(browser, hub);
  } finally {
    await browser.close();
    await hub.kill();
  }
}

async function play(browser, hub) {
  const { page: teacher } = await visitor(browser, "en");
  await teacher.goto(hub.board);
  const board = new Board(teacher);
  const { sections } = await board.get("course?lang=en");
  const { exercises } = sections.find(({ id }) => id === SECTION);

  // --- ten students join by code and solve two exercises each ---
  const students = Array.from({ length: STUDENTS }, (_, at) => new Student(browser, at % 2 ? "pl" : "en"));
  const all = (act) => Promise.all(students.map(act));
  await all(async (student) => {
    await student.open(hub.url);
    await student.type(hub.code.replaceAll("-", " ").toUpperCase());
    await student.seated();
    for (const exercise of exercises.slice(0, 2)) await student.solve(exercise);
  });
  assert.strictEqual(new Set(students.map(({ name }) => name)).size, STUDENTS, "nobody is called like another");
  const solved = (count) => (rows) => rows.length === STUDENTS && rows.every((row) => row.solved === count);
  const rows = await board.until("two exercises each", solved(2));
  const seat = (student) => rows.find(({ name }) => name === student.name).id;
  console.log(`${STUDENTS} students: joined by code, two exercises each by keyboard: ok`);

  // --- a reload, and another device ---
  const [first, second, third] = students;
  const done = (student) => student.wait((section) => document.querySelector(`#sections a[href='#${section}']`)?.textContent.match(/2 (of|z) \d/), SECTION);
  await first.page.goto("about:blank");
  await first.page.goto(hub.url);
  await first.called(first.name);
  await done(first);
  assert.ok(!(await first.page.$eval("#join-class", (dialog) => dialog.open)));
  const device = await new Student(browser, second.lang, PHONE).open(hub.url);
  assert.strictEqual(await device.text("#other"), WORDS[second.lang].again);
  await device.page.click("#other");
  await device.page.focus("#join-class [name=code]");
  await device.type(hub.code, second.name, second.pin);
  await device.seated();
  assert.strictEqual(device.name, second.name);
  await done(device);
  console.log("a reload, and a second device by PIN: ok");

  // --- what the teacher says and shows ---
  await board.act({ do: "follow", section: SECTION, step: 3 });
  await all((student) => student.at(`#${SECTION}/3`));
  await device.at(`#${SECTION}/3`);
  await all((student) => student.idle());
  await third.say("ECHO free-to-try");
  assert.match(await third.text("#log"), /"free-to-try"/);
  await board.act({ do: "follow", section: SECTION, step: 5 });
  await all((student) => student.at(`#${SECTION}/5`));
  const late = await new Student(browser, "en").open(hub.url);
  await late.type(hub.code);
  await late.at(`#${SECTION}/5`);
  await late.seated();
  await board.act({ do: "unfollow" });
  await third.wait(() => document.getElementById("teacher")?.textContent === "");
  const [{ id: lateSeat }] = (await board.get("state")).seats.filter(({ name }) => name === late.name);
  await board.act({ do: "remove", seat: lateSeat });
  await late.page.waitForSelector("#said p");
  await late.page.waitForSelector("#enter:not([hidden])");
  await late.context.close();
  await board.act({ do: "hint", to: seat(third), exercise: exercises[2].id, number: 1 });
  await third.sees("#said", exercises[2].id);
  await board.act({ do: "say", to: "*", text: "<b>Ten</b> minutes" });
  await all((student) => student.sees("#said", "<b>Ten</b> minutes"));
  // Only a page that its own student sees is seen.
  await third.page.bringToFront();
  await board.act({ do: "look", seat: seat(third), on: true });
  await third.page.waitForSelector("#looked:not(:empty)");
  await third.say("ECHO seen-by-the-teacher");
  const end = Date.now() + PATIENCE;
  while (!JSON.stringify(await board.get(`seat/${seat(third)}`)).includes("seen-by-the-teacher")) assert.ok(Date.now() < end, "the screen is seen");
  await third.page.click("#hand");
  await board.until("a hand", (rows) => rows.find(({ id }) => id === seat(third)).hand);
  await board.act({ do: "lower", seat: seat(third) });
  await third.wait((raise) => document.getElementById("hand").textContent === raise, WORDS[third.lang].raise);
  console.log("follow me, a hint, a sentence, a look, a raised hand: ok");

  // --- the hub dies, everybody goes on, and it comes back ---
  await hub.kill();
  const dead = Date.now();
  await all((student) => student.wait(() => document.getElementById("away")?.textContent));
  const told = Date.now() - dead;
  assert.ok(told < TOLD, `told after ${told} ms`);
  await all((student) => student.solve(exercises[2]));
  await hub.start();
  const back = Date.now();
  await board.until("three exercises each", solved(3));
  await all((student) => student.wait(() => document.getElementById("away")?.textContent === ""));
  const caught = Date.now() - back;
  assert.ok(hub.resumed && hub.seats === STUDENTS);
  await board.act({ do: "say", to: "*", text: "There again" });
  await all((student) => student.sees("#said", "There again"));
  await first.page.reload();
  await first.called(first.name);
  console.log(`the hub killed and resumed: told after ${told} ms, everything told ${caught} ms after it was back: ok`);

  // --- the teacher's copy of what was done stands every check ---
  const file = path.join(path.dirname(folder), "progress.json");
  const endOfSaving = Date.now() + PATIENCE;
  for (;;) {
    const kept = await board.get(`progress/${seat(third)}.json`).catch(() => ({ exercises: {} }));
    if (Object.values(kept.exercises).filter((one) => one.done).length === 3) {
      fs.writeFileSync(file, JSON.stringify(kept));
      break;
    }
    assert.ok(Date.now() < endOfSaving, JSON.stringify(kept));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  execFileSync(program, ["--server", "builtin", "practice", "verify", file], { stdio: ["ignore", "ignore", "inherit"] });
  for (const student of [...students, device]) assert.deepStrictEqual(student.wrong(), [], student.name);
  console.log("a progress file of the class is verified: ok");

  // --- the teacher begins anew, without what was kept ---
  await hub.kill();
  fs.rmSync(folder, { recursive: true });
  await hub.start();
  await teacher.goto(hub.board);
  await third.page.waitForSelector("#join-class[open]");
  await third.code(hub.code);
  await board.until("what was achieved comes along", (rows) => rows.length === 1 && rows[0].solved === 3);
  await Promise.all([...students, device].map(({ context }) => context.close()));
  console.log("a class that forgot everybody is told what was achieved: ok");

  // --- networks as they are ---
  await Promise.all(Object.entries(NETWORKS).map(async ([what, spoil]) => {
    const student = await new Student(browser, "en").open(await proxy(hub, spoil));
    await student.type(hub.code);
    await student.seated();
    await student.solve(exercises[0]);
    const own = (rows) => rows.find(({ name }) => name === student.name);
    const rows = await board.until(what, (rows) => own(rows)?.solved === 1);
    for (const text of ["One", "Two", "Three"]) {
      await board.act({ do: "say", to: own(rows).id, text });
      await student.sees("#said", text);
    }
    assert.strictEqual(await student.text("#away"), "");
    assert.strictEqual((await student.page.$$("#said p")).length, 3, "each once");
    await student.context.close();
    console.log(`a network that ${what}: ok`);
  }));

  for (const lang of ["en", "pl"]) {
    await looks(browser, hub, board, lang, "desktop", {});
    await looks(browser, hub, board, lang, "phone", PHONE);
  }
  if (name === "chromium") {
    await looks(browser, hub, board, "pl", "dark", { dark: true });
    await looks(browser, hub, board, "en", "dark-phone", { ...PHONE, dark: true });
  }

  const last = await new Student(browser, "en").open(hub.url);
  await last.type(hub.code);
  await last.seated();
  await board.act({ do: "end" });
  await last.page.waitForSelector("#enter:not([hidden])");
  await last.context.close();
  console.log("the end: ok");
}

main().then(() => process.exit(0), (error) => {
  console.error(error);
  process.exit(1);
});
