// The upload page in a real browser: upload to download, a failed job retried
// and forgotten, in both languages, with and without JavaScript; and how it
// looks on a phone and in the dark.
//
//   npm install --prefix target/browser playwright-core
//   NODE_PATH=$PWD/target/browser/node_modules tests/browser/run.sh [FOLDER FOR SCREENSHOTS]
//
// CHROMIUM names the browser; Debian's is the default.
"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { chromium } = require("playwright-core");

const [url, picture, shots = fs.mkdtempSync(path.join(os.tmpdir(), "shots-"))] = process.argv.slice(2);
const words = {
  en: { heading: "Thumbnails", mine: "Your images", done: "done", forget: "Forget" },
  pl: { heading: "Miniatury", mine: "Twoje obrazy", done: "gotowe", forget: "Zapomnij" },
};

async function upload(browser, lang, javaScriptEnabled) {
  const name = `${lang}-${javaScriptEnabled ? "script" : "plain"}`;
  const context = await browser.newContext({
    javaScriptEnabled,
    locale: lang === "pl" ? "pl-PL" : "en-US",
  });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  const shot = (step) =>
    page.screenshot({ path: path.join(shots, `${name}-${step}.png`), fullPage: true });

  await page.goto(url);
  assert.strictEqual(await page.getAttribute("html", "lang"), lang);
  assert.strictEqual(await page.textContent("h1"), words[lang].heading);
  await shot("1-before");
  await page.setInputFiles("#image_file", picture);
  await page.check('input[value="64x64"]');
  await page.click("#upload button[type=submit]");
  await page.waitForSelector("article.job");
  assert.strictEqual(await page.textContent("#mine"), words[lang].mine);
  await shot("2-progress");
  // Without a script the page comes back by itself until the job has ended.
  await page.waitForSelector("article.job .state.SUCCESS", { timeout: 60000 });
  assert.strictEqual(await page.textContent("article.job .state"), words[lang].done);
  assert.strictEqual(await page.locator("article.job figure img").count(), 3);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click("a.download"),
  ]);
  const archive = fs.readFileSync(await download.path());
  assert.strictEqual(archive.subarray(0, 2).toString(), "PK");
  assert.ok(archive.includes(fs.readFileSync(picture)), "the original is in the archive");
  await shot("3-after");

  // Half a picture fails; retried it fails again; then it is forgotten.
  const half = { name: `half-${name}.jpg`, mimeType: "image/jpeg", buffer: fs.readFileSync(picture).subarray(0, 300) };
  await page.setInputFiles("#image_file", half);
  await page.click("#upload button[type=submit]");
  const failed = page.locator("article.job .state.FAILURE");
  await failed.waitFor({ timeout: 60000 });
  const row = page.locator("section[aria-labelledby=dead] tr", { hasText: half.name });
  assert.strictEqual(await row.count(), 1);
  await shot("4-failed");
  const before = await page.locator("article.job code").textContent();
  await page.locator("article.job form[action*='/retry']").click();
  await failed.waitFor({ timeout: 60000 });
  assert.strictEqual(await page.locator("article.job code").textContent(), before);
  await page.locator("article.job").getByRole("button", { name: words[lang].forget }).click();
  await page.locator("article.job").waitFor({ state: "detached", timeout: 60000 });
  assert.strictEqual(await row.count(), 0);
  assert.deepStrictEqual(problems, []);
  await context.close();
  console.log(`${name}: ok`);
}

// Nothing may stick out of a narrow screen; the pictures are for a person.
async function looks(browser) {
  for (const [name, width, colorScheme] of [["phone", 390, "light"], ["dark", 1100, "dark"]]) {
    const context = await browser.newContext({ viewport: { width, height: 844 }, colorScheme, locale: "pl-PL" });
    const page = await context.newPage();
    await page.goto(url);
    await page.setInputFiles("#image_file", picture);
    await page.click("#upload button[type=submit]");
    await page.waitForSelector("article.job .state.SUCCESS", { timeout: 60000 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${name}: ${overflow} pixels stick out`);
    await page.screenshot({ path: path.join(shots, `look-${name}.png`), fullPage: true });
    await context.close();
    console.log(`${name}: ok`);
  }
}

async function main() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  for (const lang of ["en", "pl"]) {
    for (const script of [true, false]) {
      await upload(browser, lang, script);
    }
  }
  await looks(browser);
  await browser.close();
  console.log(`screenshots: ${shots}`);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
