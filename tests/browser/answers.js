// What a learner answers to the tasks and exercises of a lesson, from its file.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const LESSONS = path.join(__dirname, "../../lessons");

/** The ids of all sections. */
function sections() {
  return fs.readdirSync(path.join(LESSONS, "en")).map((name) => name.replace(/\.md$/, ""));
}

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

/** The answers to a section's tasks and exercises, by id and in order. */
function answers(section, lang) {
  const text = fs.readFileSync(path.join(LESSONS, lang, `${section}.md`), "utf8");
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

module.exports = { answers, sections };
