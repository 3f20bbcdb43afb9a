// The teacher's board in a real browser, with students who report over HTTP as
// a page does: one link, once; who is stuck comes first; a look over a shoulder,
// hints, sentences, follow me; names that are markup or formulas; keyboard,
// accessibility, phones, both languages; the projector view without a name.
//
//   NODE_PATH=.../node_modules node tests/browser/board.js LINK CLASS CODE PROGRAM [FOLDER FOR SCREENSHOTS]
//
// CHROMIUM names the browser; Debian's is the default.
"use strict";

const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [link, klass, code, program, shots] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const EVIL = "<img src=x onerror=a()>", FORMULA = "=cmd()";

/** A student as a page is one: posts with numbers, news by long poll. */
class Student {
  constructor(name) {
    Object.assign(this, { name, post: 0, after: "", heard: [] });
  }

  async call(method, what, body) {
    const answer = await fetch(`${klass}class/${what}`, {
      method, body: body && JSON.stringify(body),
      headers: { "content-type": "application/json", ...(this.token && { authorization: `Bearer ${this.token}` }) },
    });
    const told = await answer.json();
    assert.ok(answer.ok, `${method} ${what}: ${answer.status} ${JSON.stringify(told)}`);
    return told;
  }

  async join(lang = "en") {
    const told = await this.call("POST", "join", { code, name: this.name, lang });
    ({ seat: this.seat, token: this.token, name: this.name, after: this.after } = told);
    return this;
  }

  report(...events) {
    this.post += 1;
    return this.call("POST", "report", { post: this.post, events });
  }

  at(section, step) {
    return this.report({ what: "at", section, step });
  }

  tries(exercise, n, error) {
    return this.report(...Array.from({ length: n }, (_, at) => ({ what: "try", exercise, line: `LPUSH lab:x ${at}`, error })));
  }

  solve(exercise, ms, hints = 0) {
    return this.report({ what: "solved", exercise, lines: ["LPUSH lab:x 1"], ms, tries: 2, hints });
  }

  /** Waits for news of this kind. */
  async hears(what) {
    for (let turn = 0; turn < 6; turn += 1) {
      while (this.heard.length) {
        const one = this.heard.shift();
        if (one.what === what) return one;
      }
      const { after, news } = await this.call("GET", `news?wait=10&after=${encodeURIComponent(this.after)}`);
      this.after = after;
      this.heard.push(...news);
    }
    throw new Error(`${this.name} hears no ${what}`);
  }
}

async function open(browser, options = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 }, bypassCSP: true, ...options });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("dialog", (dialog) => dialog.accept());
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(link).origin) problems.push(`asks ${request.url()}`);
  });
  return { context, page, problems };
}

async function accessible(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document));
  assert.deepStrictEqual(violations.map((one) => `${what}: ${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`), []);
}

async function fits(page, what) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${what}: ${overflow} pixels stick out`);
}

const shot = (page, name) => shots && page.screenshot({ path: path.join(shots, `${name}.png`) });
const names = (page) => page.locator("#students tbody .name").allTextContents();

/** Waits until the rows begin with these names. */
async function first(page, ...expected) {
  await page.mouse.move(1, 1);
  const begins = (wanted) => {
    const names = [...document.querySelectorAll("#students tbody .name")].map((name) => name.textContent);
    return wanted.every((name, at) => names[at] === name);
  };
  await page.waitForFunction(begins, expected).catch(async () => assert.deepStrictEqual((await names(page)).slice(0, expected.length), expected));
}

const state = (page, name) => page.locator("#students tbody tr", { has: page.getByRole("button", { name, exact: true }) });

async function main() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  const { context, page, problems } = await open(browser);
  await page.goto(link);
  await page.waitForSelector("#nobody:not([hidden])");
  assert.ok(!page.url().includes("token"), "the token is not in the address any more");
  assert.strictEqual(await page.locator("#nobody .code").textContent(), code);
  await accessible(page, "nobody");
  await shot(page, "1-nobody");

  // The link opens once, and nothing opens without it.
  const stranger = await open(browser);
  for (const address of [link, new URL("/", link).href, new URL("/projector", link).href]) {
    assert.strictEqual((await stranger.page.goto(address)).status(), 403, address);
  }
  assert.ok(!(await stranger.page.content()).includes(code));
  await stranger.context.close();
  console.log("one link, once: ok");

  // --- students ---
  const [ala, ola, jan, ewa, kot] = ["Ala", "Ola", "Jan", EVIL, FORMULA].map((name) => new Student(name));
  for (const [at, student] of [ala, ola, jan, ewa, kot].entries()) await student.join(at % 2 ? "pl" : "en");
  await Promise.all([ala.at("lists", 3), ola.at("lists", 4), jan.at("lists", 9), ewa.at("strings", 2), kot.at("strings", 14)]);
  await page.waitForFunction(() => document.querySelectorAll("#students tbody tr").length === 5);
  assert.strictEqual(await page.locator("#students img").count(), 0, "a name is text");
  assert.ok((await names(page)).includes(EVIL));
  const outline = await page.evaluate(async () => (await fetch("board/course?lang=en")).json());
  const lists = outline.sections.find(({ id }) => id === "lists").exercises;
  const strings = outline.sections.find(({ id }) => id === "strings").exercises;
  await ala.solve(lists[0].id, 60000);
  await ola.solve(lists[0].id, 90000, 1);
  await kot.solve(strings[0].id, 30000);
  await kot.solve(strings[1].id, 30000);
  await jan.tries(lists[1].id, 3, "WRONGTYPE Operation against a key holding the wrong kind of value");
  await first(page, "Jan");
  assert.match(await state(page, "Jan").innerText(), /same error 3 times/);
  await ewa.report({ what: "hand", up: true });
  await first(page, EVIL, "Jan");

  // The shell opens on the class; there a try can be four minutes old.
  const shell = await page.locator("#shell code").textContent();
  const inShell = (commands) => execFileSync(program, shell.split(" ").slice(1), { input: `${commands.join("\n")}\n`, encoding: "utf8" });
  await ola.tries(lists[2].id, 6, "");
  inShell([`HINCRBY lab:class:${code}:seat:${ola.seat} since -300000`]);
  await ola.at("lists", 12);
  await first(page, EVIL, "Ola", "Jan", "Ala");
  assert.match(await state(page, "Ola").innerText(), /6 tries in 5 min/);
  assert.match(inShell([`ZSCORE lab:class:${code}:progress ${kot.seat}`]), /2/);
  await shot(page, "2-class");
  console.log("who is stuck comes first: ok");

  // --- times ---
  await page.click("#exercises summary");
  const row = page.locator("#exercises tbody tr", { hasText: lists[0].title });
  assert.match((await row.innerText()).replace(/\s+/g, " "), /2 \/ 5 75 s|2 \/ 5 1 min/);
  await accessible(page, "class");
  await page.click("#exercises summary");

  // --- one student, by keyboard ---
  await page.locator("#students .name").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.strictEqual(await page.evaluate(() => document.activeElement.textContent), "Jan");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#seat:not([hidden])");
  await page.waitForSelector("#seat .lines code");
  assert.match(await page.locator("#seat .lines").innerText(), /LPUSH lab:x 2/);
  await page.getByRole("button", { name: "Look over the shoulder" }).click();
  assert.strictEqual((await jan.hears("look")).on, true);
  await jan.report({ what: "screen", text: "lab> LPUSH lab:x 1\n<b>(integer) 1</b>" });
  await page.waitForFunction(() => document.querySelector("#seat [role=region]").textContent.includes("<b>"));
  await accessible(page, "seat");
  await shot(page, "3-seat");
  await page.getByRole("button", { name: "Hint 1" }).click();
  const hint = await jan.hears("hint");
  assert.strictEqual(hint.exercise, lists[1].id);
  assert.strictEqual(hint.text, lists[1].hints[0]);
  await page.fill("#seat-say", "Look at the <type>!");
  await page.keyboard.press("Enter");
  assert.strictEqual((await jan.hears("say")).text, "Look at the <type>!");
  await page.getByRole("button", { name: "Close" }).click();
  assert.strictEqual((await jan.hears("look")).on, false);
  assert.strictEqual(await page.evaluate(() => document.activeElement.textContent), "Jan", "the focus comes back");

  // What Ala's page says is her word: what it handed in is run once more.
  await page.getByRole("button", { name: "Ala", exact: true }).click();
  await page.getByRole("button", { name: `Check again: ${lists[0].title}` }).click();
  await page.waitForFunction(() => document.querySelector("#seat .verdict").textContent.includes("does not solve"));
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: EVIL, exact: true }).click();
  await page.getByRole("button", { name: "Lower the hand" }).click();
  assert.strictEqual((await ewa.hears("hand")).up, false);
  await page.fill("#seat-name-new", "Ewa");
  await page.keyboard.press("Enter");
  assert.strictEqual((await ewa.hears("name")).name, "Ewa");
  await page.waitForFunction(() => document.getElementById("seat-name").textContent === "Ewa");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#seat", { state: "hidden" });
  console.log("one student: ok");

  // --- everyone ---
  await page.fill("#sentence", "Five more minutes.");
  await page.keyboard.press("Enter");
  for (const student of [ala, kot]) assert.strictEqual((await student.hears("say")).text, "Five more minutes.");
  await page.selectOption("#section", "lists");
  await page.selectOption("#step", "3");
  await page.getByRole("button", { name: "Take everyone here" }).click();
  const { section, step } = await ala.hears("follow");
  assert.deepStrictEqual([section, step], ["lists", 3]);
  await page.waitForFunction(() => document.getElementById("following").textContent.includes("step 3"));
  await page.click("#on");
  assert.strictEqual((await ala.hears("follow")).step, 4);
  await page.waitForFunction(() => document.getElementById("following").textContent.includes("step 4"));
  await shot(page, "4-follow");

  // --- the projector, and other eyes ---
  const projector = await context.newPage();
  await projector.setViewportSize({ width: 1280, height: 800 });
  await projector.goto(new URL("/projector?lang=pl", link).href);
  await projector.waitForSelector("#part li");
  const seen = await projector.content();
  for (const { name } of [ala, ola, jan]) assert.ok(!seen.includes(name), `${name} is not on the wall`);
  const heard = await projector.evaluate(() => new Promise((told) => {
    const source = new EventSource("board/events?view=projector");
    source.addEventListener("view", ({ data }) => {
      source.close();
      told(data);
    });
  }));
  for (const { name, seat } of [ala, ola, jan]) assert.ok(!heard.includes(name) && !heard.includes(seat), "nor on its wire");
  await accessible(projector, "projector");
  for (const [name, width, colorScheme] of [["light", 1280, "light"], ["dark", 1280, "dark"], ["phone", 360, "light"]]) {
    await projector.setViewportSize({ width, height: 800 });
    await projector.emulateMedia({ colorScheme });
    await fits(projector, `projector ${name}`);
    await shot(projector, `5-projector-${name}`);
  }
  await projector.close();
  await page.getByRole("button", { name: "Let everyone go on alone" }).click();
  assert.strictEqual((await ala.hears("follow")).section, null);
  console.log("everyone: ok");

  for (const lang of ["pl", "en"]) {
    if (await page.getAttribute("html", "lang") !== lang) await page.click("#lang");
    await page.waitForFunction((code) => document.documentElement.lang === code && document.querySelectorAll("#students tbody tr").length === 5, lang);
    await page.locator("#students .name").first().click();
    await page.waitForSelector("#seat:not([hidden])");
    for (const [name, width, colorScheme] of [["desktop", 1280, "light"], ["dark", 1280, "dark"], ["phone", 360, "light"], ["phone-dark", 360, "dark"]]) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      await fits(page, `${lang} ${name}`);
      await shot(page, `6-${lang}-${name}-seat`);
      await page.keyboard.press("Escape");
      await fits(page, `${lang} ${name}`);
      await accessible(page, `${lang} ${name}`);
      await shot(page, `6-${lang}-${name}`);
      await page.locator("#students .name").first().click();
    }
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ colorScheme: "light" });
  }
  console.log("looks: ok");

  // --- the strip ---
  await kot.at("strings", 15);
  await page.waitForFunction(() => document.getElementById("strip").textContent.includes("HSET"));
  assert.ok(!(await page.locator("#strip").textContent()).includes(kot.token));
  await page.click("#pause");
  assert.strictEqual(await page.getAttribute("#pause", "aria-pressed"), "true");

  // --- results, and the end ---
  const csv = await page.evaluate(async () => (await fetch("board/export.csv")).text());
  assert.ok(csv.includes(`'${FORMULA}`) && !csv.includes(`\n${FORMULA}`), "no cell is a formula");
  await page.getByRole("button", { name: "Ala", exact: true }).click();
  await page.getByRole("button", { name: "Remove from the class" }).click();
  await page.waitForFunction(() => document.querySelectorAll("#students tbody tr").length === 4);
  await assert.rejects(ala.call("GET", "me"), /401/, "the seat is gone");
  assert.ok(await page.locator("#seat").isHidden());
  await page.click("#end");
  await kot.hears("ended");
  await page.waitForFunction(() => document.getElementById("notice").textContent.includes("ended"));
  await shot(page, "7-ended");
  assert.deepStrictEqual(problems, []);
  await browser.close();
  console.log("results and the end: ok");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
