// The page: the course, the log, the prompt and the keys. What is shown of a
// lesson comes from the session core as events; nothing is worked out here.
import { Lab } from "./lab.js";
import { paint } from "./paint.js";
import { Progress } from "./progress.js";
import { WORDS } from "./words.js";

const $ = (id) => document.getElementById(id);
const make = (tag, className, ...content) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
};

let progress = new Progress(), classroom;
const log = $("log"), input = $("prompt"), list = $("candidates");
let lang, words, lesson, prompt = { prompt: "", next: null, words: "" };
let history = [], recalled = 0, draft = "", chosen = -1, completion = null;
let ended = false, importing = null, mark = null, asker = null;

const lab = new Lab({
  hears: (events) => events.forEach(hear),
  state: showState,
  lost(why) {
    if (!lesson) return showCourse();
    append(make("pre", "term", words[why]));
    start(...here());
  },
  failed: (text) => status(`${words.failed}: ${text}. ${words.tooOld}`),
});

// --- language and places ---

function setLang(code) {
  lang = code;
  words = WORDS[code];
  document.documentElement.lang = code;
  try {
    localStorage.setItem("redis-lab.lang", code);
  } catch {
    // Then it is chosen anew next time.
  }
  const put = (id, text) => ($(id).textContent = text);
  put("lang", words.other);
  $("lang").lang = words.otherCode;
  $("kept").firstElementChild.textContent = words.kept;
  put("kept-about", words.keptAbout);
  put("save", words.save);
  put("load-label", words.load);
  put("erase", words.erase);
  put("skip", words.skip);
  put("intro", words.intro);
  put("to-practice", words.practice);
  put("to-shell", words.shell);
  put("legal", words.legal);
  put("keys-title", words.keys);
  put("take", words.take);
  put("stop", words.stop);
  put("go", words.enter);
  $("course").firstElementChild.textContent = words.title;
  log.setAttribute("aria-label", words.log);
  list.setAttribute("aria-label", words.candidates);
  for (const button of document.querySelectorAll("[data-line]")) button.textContent = words[button.dataset.line];
  classroom?.setLang(code);
}

function firstLang() {
  const asked = new URLSearchParams(location.search).get("lang");
  let kept = null;
  try {
    kept = localStorage.getItem("redis-lab.lang");
  } catch {
    // Nothing is kept here.
  }
  const own = navigator.languages?.find((tag) => /^(en|pl)\b/.test(tag)) ?? "en";
  return [asked, kept, own.slice(0, 2)].find((code) => code in WORDS);
}

/** `#lists`, `#lists/4`, `#practice`, `#practice/lists`, `#shell`, or the course. */
function goToPlace() {
  const [section, step] = location.hash.slice(1).split("/");
  if (!section) return showCourse();
  if (section === PRACTICE) return start(section, step);
  if (lesson && (lesson.section ?? "shell") === section && (!step || Number(step) === lesson.step + 1)) return;
  start(section === "shell" ? null : section, step ? Number(step) : undefined);
}

function place(hash) {
  window.history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}

function status(text) {
  $("status").textContent = text;
}

// --- the course ---

function showCourse() {
  lesson = null;
  document.title = "redis-lab";
  $("lab").hidden = true;
  $("course").hidden = false;
  lab.send({ do: "course", lang, progress: progress.text });
}

function listSections(sections) {
  const done = (s) => s.solved + s.done, all = (s) => s.exercises + s.tasks;
  $("sections").replaceChildren(...sections.map((section) => {
    const link = make("a", "", make("h2", "", section.title), make("p", "", section.summary));
    link.href = `#${section.id}`;
    const facts = [];
    if (section.step > 0) facts.push(words.step(section.step + 1, section.headings.length));
    else if (section.finished) facts.push(words.finished);
    if (section.tasks) facts.push(words.tasks(section.done, section.tasks));
    if (section.exercises) facts.push(words.exercises(section.solved, section.exercises));
    link.append(make("p", "quiet", facts.join(" · ")));
    if (all(section)) {
      const bar = make("i");
      bar.style.width = `${(100 * done(section)) / all(section)}%`;
      link.append(make("span", "bar", bar));
    }
    return make("li", "", link);
  }));
  const begun = sections.find((section) => section.step > 0);
  const next = begun ?? sections.find((section) => !section.finished) ?? sections[0];
  $("begin").textContent = begun || next !== sections[0] ? words.resume(next.title) : words.begin;
  $("begin").href = `#${next.id}`;
}

// --- a lesson, or the shell ---

function columns() {
  const probe = make("pre", "term", "0".repeat(50));
  probe.style.cssText = "position:absolute;visibility:hidden;width:max-content;padding:0;border:0";
  log.append(probe);
  const wide = probe.getBoundingClientRect().width / 50;
  probe.remove();
  const room = Math.min(log.clientWidth - 32, 800) - 24;
  return Math.max(30, Math.min(96, Math.floor(room / wide) || 80));
}

/** In the place of a section: the exercises alone, of the section `from` or of all. */
const PRACTICE = "practice";

function start(section, from) {
  const again = lesson && lesson.section === section;
  const practice = section === PRACTICE;
  lesson = { section, from, step: practice ? 0 : (from ?? 1) - 1, headings: again ? lesson.headings : [] };
  ended = false;
  $("course").hidden = true;
  $("lab").hidden = false;
  if (!again) log.replaceChildren();
  $("steps").hidden = !section || practice;
  $("more").hidden = !section;
  for (const button of document.querySelectorAll("[data-line]")) button.hidden = practice && button.dataset.line !== ":hint";
  if (!again) $("keys").firstElementChild.open = matchMedia("(min-width: 64rem)").matches;
  $("title").textContent = practice ? words.practice : section ?? words.shellTitle;
  showKeys({ keys: [], partial: false });
  lab.send({ do: "course", lang, progress: progress.text });
  const what = practice ? { practice, section: from } : { section, from };
  lab.send({ do: "start", lang, ...what, columns: columns(), progress: progress.text });
  if (!section) place("shell");
  if (matchMedia("(pointer: fine)").matches) input.focus();
}

/** Where the learner is, as `start` takes it. */
function here() {
  const { section, from, step } = lesson;
  return [section, section === PRACTICE ? from : step + 1];
}

function listSteps(sections) {
  const own = lesson && sections.find((section) => section.id === lesson.section);
  if (!own) return;
  lesson.headings = own.headings;
  showSteps();
}

function showSteps() {
  const [summary, steps] = $("steps").children;
  summary.textContent = words.step(lesson.step + 1, lesson.headings.length || lesson.step + 1);
  steps.replaceChildren(...lesson.headings.map((heading, at) => {
    const link = make("a", "", heading || words.introduction);
    link.href = `#${lesson.section}/${at + 1}`;
    if (at === lesson.step) link.setAttribute("aria-current", "step");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      $("steps").open = false;
      submit(`:go ${at + 1}`);
    });
    return make("li", "", link);
  }));
}

/** Adds to the log; the first thing of an answer is what is scrolled to. */
function append(element) {
  log.append(element);
  mark ??= element;
  return element;
}

/** Text goes on where text was last. */
function say(className, text) {
  const last = log.lastElementChild;
  const open = last?.tagName === "PRE" && last.className === className && !last.dataset.closed;
  const target = open ? last : append(make("pre", className));
  const clean = open ? text : text.replace(/^\n+/, "");
  target.append(paint(clean));
}

const SHOWS = {
  lesson({ id, title, server }) {
    if (id !== lesson.section) log.replaceChildren();
    lesson.section = id;
    $("title").textContent = title;
    document.title = `${title} · redis-lab`;
    append(make("p", "quiet", server));
    if (!/"finished": true/.test(progress.text)) append(make("p", "quiet", words.how));
    lab.send({ do: "course", lang, progress: progress.text });
  },
  step({ number, of, html, heading }) {
    lesson.step = number - 1;
    place(`${lesson.section}/${number}`);
    showSteps();
    if (!heading) return;
    const title = make("h2");
    title.innerHTML = html;
    title.prepend(make("small", "", words.step(number, of)));
    // A step is what is read: it is shown from its beginning.
    mark = append(title);
  },
  prose({ html }) {
    const part = make("div", "prose");
    part.innerHTML = html;
    append(part);
  },
  code: ({ text }) => append(make("pre", "code", make("code", "", text))),
  block({ title }) {
    if (title) say("term", `\x1b[2m# ${title}\x1b[0m\n`);
  },
  command: ({ session, text }) => append(make("pre", "term own", make("b", "c6", `${session ?? "lab"}> `), text)),
  reply(event) {
    const { session, text, ok, expected } = event;
    const shown = append(make("pre", "reply"));
    // The lesson's own replies name their session; the learner's do not.
    if ("session" in event) shown.dataset.lesson = ok ?? "";
    const answer = (text ?? words.nothing).trimEnd();
    // Whose it is, where the prompt above is somebody else's.
    if (session && session !== asker) shown.append(make("i", "", session + (answer.includes("\n") ? "\n" : "  ")));
    shown.append(answer);
    if (ok === false) shown.append("\n", make("mark", "", `! ${words.expects}: ${expected}`));
  },
  text({ text }) {
    say("term", text);
    const prompts = [...text.replace(/\x1b\[[0-9;]*m/g, "").matchAll(/^([\w-]+)\S*> /gm)];
    asker = prompts.at(-1)?.[1] ?? asker;
  },
  server: ({ text }) => say("term", text),
  refused: ({ text }) => say("term", `${text}\n`),
  message: ({ text }) => say("term", text),
  question: ({ text }) => say("term", text),
  blocked: () => append(make("pre", "reply", make("i", "", words.waits))),
  wait: ({ us }) => append(make("pre", "reply", make("i", "", words.waiting((us / 1e6).toLocaleString(lang))))),
  picture({ drawn, words: told }) {
    const shown = make("pre", "term picture", paint(drawn));
    shown.setAttribute("aria-hidden", "true");
    append(shown);
    append(make("p", "heard", told));
  },
  demo: ({ name }) => say("term", `\x1b[2m── ${words.demo}: ${name} ──\x1b[0m\n`),
  task({ id, html }) {
    const text = make("p", "task");
    text.dataset.id = id;
    text.innerHTML = html;
    text.prepend(make("strong", "", words.yourTurn));
    append(text);
  },
  prompt(event) {
    prompt = event;
    $("ps").textContent = event.prompt.trimEnd();
    input.placeholder = event.next ?? event.words ?? "";
    $("take").hidden = !event.next;
    showHint(null);
    // A ghost that is longer than the field stands above it, whole.
    if (event.next && input.scrollWidth < textWidth(event.next)) $("syntax").textContent = event.next;
  },
  keys: showKeys,
  progress: keep,
  report: ({ event }) => classroom?.tell(event),
  unreadable({ reason, newer }) {
    const told = importing;
    importing = null;
    if (told) return told === "file" && status(newer ? words.newer(newer) : words.unreadable(reason));
    progress.setAside();
    status(newer ? words.newer(newer) : words.setAside);
  },
  course({ sections }) {
    listSections(sections);
    listSteps(sections);
  },
  shell({ server }) {
    append(make("p", "quiet", `redis-lab · ${server}`));
    document.title = `${$("title").textContent} · redis-lab`;
  },
  candidates: showCandidates,
  hint: ({ text, hint }) => text === input.value && showHint(hint),
  clear: () => log.replaceChildren(),
  gone() {
    append(make("pre", "term", words.crashed));
    start(...here());
  },
  ended() {
    ended = true;
    input.placeholder = "";
    append(make("p", "quiet", words.ended));
  },
  failed: ({ text }) => append(make("pre", "term", text)),
};

function hear(event) {
  SHOWS[event.type]?.(event);
}

/** What takes longer than this can be stopped; a button that flashes helps nobody. */
const LONG = 300;
let stops;

/** Whether the log shows its end. */
let showsEnd = true;

function showState(isBusy) {
  if (!isBusy) {
    clearTimeout(stops);
    stops = undefined;
    $("stop").hidden = true;
  } else stops ??= setTimeout(() => ($("stop").hidden = false), LONG);
  $("lab").setAttribute("aria-busy", String(isBusy));
  if (lab.memory) $("lab").dataset.memory = lab.memory;
  if (isBusy || !mark) return;
  // Everything of this answer is there: from its beginning, or its end.
  const fits = log.lastElementChild.getBoundingClientRect().bottom - mark.getBoundingClientRect().top < log.clientHeight;
  showsEnd = fits;
  if (fits) log.scrollTop = log.scrollHeight;
  else mark.scrollIntoView({ block: "start" });
  mark = null;
}

// Where the log shows its end it goes on doing so, though something above it grows.
// An event of a scroll may come when that has happened, and says nothing then.
let height = log.clientHeight;
log.addEventListener("scroll", () => {
  if (log.clientHeight === height) showsEnd = log.scrollHeight - log.scrollTop - height < 4;
});
new ResizeObserver(() => {
  height = log.clientHeight;
  if (showsEnd) log.scrollTop = log.scrollHeight;
}).observe(log);

function submit(text) {
  closeCandidates();
  showHint(null);
  if (ended) return start(...here());
  if (text.trim()) {
    mark = null;
    const echo = append(make("pre", "term own", make("b", "c6", `${$("ps").textContent} `), text));
    echo.dataset.closed = "yes";
    if (text !== history.at(-1)) history.push(text);
  }
  recalled = history.length;
  input.value = "";
  lab.send({ do: "line", text: text.replaceAll(LINE_END, "\n") });
}

// --- keys ---

function showKeys({ keys, partial }) {
  const [, rows, note] = $("keys").firstElementChild.children;
  rows.replaceChildren(...keys.map(({ db, key, kind, len, view, ms, sign }) => {
    const facts = [kind];
    if (kind !== "string") facts.push(len);
    if (db) facts.push(words.db(db));
    if (ms !== null) facts.push(words.ttl(Math.ceil(ms / 1000)));
    return make("li", sign ?? "", make("b", "", key), make("span", "quiet", facts.join(" · ")), make("br"), view);
  }));
  note.textContent = keys.length ? (partial ? words.moreKeys : "") : words.noKeys;
}

// --- completion and syntax ---

/** How wide a text is in the field, about. */
function textWidth(text) {
  return 24 + text.length * 9.7;
}

function showHint(hint) {
  $("syntax").textContent = hint ? input.value.trimEnd() + (hint.startsWith(" ") ? hint : ` ${hint}`) : "";
}

function showCandidates({ text, start: at, candidates }) {
  if (text !== input.value.slice(0, input.selectionStart)) return;
  if (candidates.length === 1) return take(at, candidates[0].text);
  if (!candidates.length) return closeCandidates();
  completion = { at, candidates };
  list.replaceChildren(...candidates.map((candidate, index) => {
    const row = make("li", "", candidate.text, make("span", "", candidate.about));
    row.id = `candidate-${index}`;
    row.setAttribute("role", "option");
    row.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      take(at, candidate.text);
    });
    return row;
  }));
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  choose(0);
}

function choose(index) {
  const rows = [...list.children];
  chosen = (index + rows.length) % rows.length;
  rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === chosen)));
  rows[chosen].scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", rows[chosen].id);
}

function closeCandidates() {
  completion = null;
  list.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function take(at, text) {
  const rest = input.value.slice(input.selectionStart);
  const line = `${input.value.slice(0, at)}${text} `;
  input.value = line + rest;
  input.setSelectionRange(line.length, line.length);
  closeCandidates();
  askHint();
}

function askHint() {
  if (input.value.trim()) lab.send({ do: "hint", text: input.value });
  else showHint(null);
}

function takeNext() {
  if (!prompt.next) return;
  input.value = prompt.next;
  input.focus();
  askHint();
}

// --- keys of the keyboard ---

input.addEventListener("keydown", (event) => {
  const open = completion !== null;
  const caught = {
    Tab: () => {
      if (event.shiftKey || !input.value) return false;
      if (open) take(completion.at, completion.candidates[chosen].text);
      else lab.send({ do: "complete", text: input.value.slice(0, input.selectionStart) });
    },
    Enter: () => {
      if (!open) return false;
      take(completion.at, completion.candidates[chosen].text);
    },
    Escape: () => (open ? closeCandidates() : false),
    ArrowDown: () => (open ? choose(chosen + 1) : recall(1)),
    ArrowUp: () => (open ? choose(chosen - 1) : recall(-1)),
    ArrowRight: () => (input.value || !prompt.next ? false : takeNext()),
    c: () => {
      if (!event.ctrlKey || input.selectionStart !== input.selectionEnd) return false;
      if (input.value && stops === undefined) input.value = "";
      else lab.stop();
    },
  }[event.key];
  if (caught && caught() !== false) event.preventDefault();
});

// A line has no line ends: those of a pasted script are shown, and are there
// again when it is sent.
const LINE_END = " ⏎ ";
input.addEventListener("paste", (event) => {
  const text = event.clipboardData.getData("text");
  if (!/\n./.test(text)) return;
  event.preventDefault();
  input.setRangeText(text.trimEnd().replace(/\r?\n/g, LINE_END), input.selectionStart, input.selectionEnd, "end");
});

input.addEventListener("input", () => {
  closeCandidates();
  askHint();
});

function recall(by) {
  if (recalled === history.length) draft = input.value;
  const to = recalled + by;
  if (to < 0 || to > history.length) return;
  recalled = to;
  input.value = to === history.length ? draft : history[to];
  askHint();
}

$("line").addEventListener("submit", (event) => {
  event.preventDefault();
  submit(input.value);
});
$("stop").addEventListener("click", () => lab.stop());
$("take").addEventListener("click", takeNext);
for (const button of document.querySelectorAll("[data-line]")) {
  button.addEventListener("click", () => submit(button.dataset.line));
}

// --- progress ---

function keep({ file }) {
  const foreign = progress.foreign();
  if (foreign) {
    progress.text = foreign;
    lab.send({ do: "merge", progress: foreign, other: file });
  } else {
    progress.write(file);
    classroom?.progressed();
  }
  if (importing) {
    if (importing === "file") status(words.loaded);
    importing = null;
    if (!lesson) showCourse();
  }
}

function merge(from, other) {
  importing = from;
  lab.send({ do: "merge", progress: progress.text, other });
}

$("save").addEventListener("click", () => {
  const link = make("a");
  link.href = URL.createObjectURL(new Blob([progress.text], { type: "application/json" }));
  link.download = "practice.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
$("load").addEventListener("change", async () => {
  const [file] = $("load").files;
  if (!file) return;
  merge("file", await file.text());
  $("load").value = "";
});
$("erase").addEventListener("click", () => {
  if (!confirm(words.sure)) return;
  progress.write("");
  status(words.erased);
  again();
});

// --- beginning ---

/** The same place again: in another language, or with another progress. */
function again() {
  if (!lesson) return showCourse();
  const place = here();
  lesson = null;
  start(...place);
}

$("lang").addEventListener("click", () => {
  setLang(words.otherCode);
  again();
});
$("home").addEventListener("click", (event) => {
  event.preventDefault();
  place("");
  showCourse();
});
addEventListener("hashchange", goToPlace);
let resized;
addEventListener("resize", () => {
  clearTimeout(resized);
  resized = setTimeout(() => lesson && lab.send({ do: "columns", columns: columns() }), 200);
});

// A class has its own part, which is nowhere else.
if (document.querySelector("meta[name=redis-lab-class]")) {
  const { Classroom } = await import("./class.js");
  classroom = new Classroom({
    /** Another seat's progress, or what is brought to it. */
    open(seat, brought) {
      progress = new Progress(seat);
      if (brought) progress.write(brought);
      else if (words) again();
    },
    progress: () => progress.text,
    merge: (other) => merge("class", other),
    /** To the step where the teacher is; what stands in the prompt stays. */
    go(section, step) {
      if (lesson?.section !== section || ended) return start(section, step);
      if (lesson.step + 1 === step) return;
      // Should what runs not hear of it, a new server begins there.
      lesson.step = step - 1;
      if (lab.busy || lab.open) lab.stop();
      lab.send({ do: "line", text: `:go ${step}` });
    },
    screen: () => (lesson ? [...[...log.children].slice(-60).map((part) => part.innerText), `${$("ps").textContent} ${input.value}`] : [words.title]).join("\n"),
  });
}
setLang(firstLang());
if (!progress.keeps) status(words.notKept);
goToPlace();
if (!classroom && "serviceWorker" in navigator && isSecureContext) navigator.serviceWorker.register("offline.js").catch(() => {});
