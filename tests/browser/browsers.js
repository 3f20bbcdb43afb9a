// The browsers that a page is tried in, with nothing of a person's own in them:
// Chromium, and Firefox by WebDriver BiDi. CHROMIUM and FIREFOX name them;
// Debian's are the default. And who visits a page in one.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const puppeteer = require("puppeteer-core");

const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** Opens a browser of this name that puts downloads into a folder. */
function launch(name, downloads) {
  const common = { headless: true, protocolTimeout: 300000 };
  if (name === "firefox") {
    return puppeteer.launch({
      ...common,
      browser: "firefox",
      executablePath: process.env.FIREFOX || "/usr/bin/firefox-esr",
      extraPrefsFirefox: {
        "browser.download.dir": downloads,
        "browser.download.folderList": 2,
        "browser.download.alwaysOpenPanel": false,
        // Of several visitors all are at their pages, as in Chromium by Puppeteer.
        "dom.min_background_timeout_value": 4,
        "dom.timeout.enable_budget_timer_throttling": false,
      },
    });
  }
  return puppeteer.launch({
    ...common,
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    downloadBehavior: { policy: "allow", downloadPath: downloads },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A visitor who was never here, with a browser in this language; `problems` is what the page says is wrong. */
async function visitor(browser, lang, { dark, ...viewport } = {}, options = {}) {
  const context = await browser.createBrowserContext(options);
  const page = await context.newPage();
  await page.setViewport({ width: 1200, height: 800, ...viewport });
  if (dark) await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  await page.evaluateOnNewDocument((own) => Object.defineProperty(navigator, "languages", { get: () => own }),
    lang === "pl" ? ["de", "pl-PL", "en"] : ["en-GB", "pl"]);
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  return { context, page, problems };
}

/** Nothing is in the way of those who hear the page. */
async function accessible(page, what) {
  await page.evaluate(`${axe}; undefined`);
  const violations = await page.evaluate(async () => (await window.axe.run(document)).violations
    .map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(" ")}`));
  assert.deepStrictEqual(violations, [], what);
}

module.exports = { accessible, launch, visitor };
