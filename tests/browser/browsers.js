// The browsers that a page is tried in, with nothing of a person's own in them:
// Chromium, and Firefox by WebDriver BiDi. CHROMIUM and FIREFOX name them;
// Debian's are the default.
"use strict";

const puppeteer = require("puppeteer-core");

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

module.exports = { launch };
