// The teacher's board: who is where, who is stuck, and what a teacher does
// about it. What is shown comes from the program as it changes.
import { $, act, ask, make, Wire } from "./link.js";
import { Rows } from "./rows.js";
import { SeatPanel } from "./seat.js";
import { Strip } from "./strip.js";
import { firstLang, keepLang, lasting, putWords, WORDS } from "./words.js";

let lang, words, course, turned = 0, clock = 0, klass = null, medians = {}, here = "open";
const now = () => Date.now() + clock;
/** The cells of each exercise in the table of times. */
const figures = new Map();

const rows = new Rows($("students"), (id) => {
  rows.mark(id);
  panel.open(rows.seats.get(id));
});
const panel = new SeatPanel($("seat"), {
  act: doIt,
  closed(id) {
    rows.mark(null);
    rows.focus(id);
  },
});
rows.now = panel.now = now;
const strip = new Strip(() => wire.open(address()));
const wire = new Wire({ state: hear, commands: (told) => strip.show(told) }, (state) => {
  here = state;
  showNotice();
  // The program was away when the page was loaded.
  if (state === "open" && !course) setLang(lang);
});

const address = () => `board/events?strip=${strip.on ? 1 : 0}&lang=${lang}`;

// --- language ---

async function setLang(code) {
  lang = code;
  words = WORDS[code];
  keepLang(code);
  document.documentElement.lang = code;
  putWords(words);
  $("lang").textContent = words.otherName;
  $("lang").lang = words.other;
  $("to-projector").href = `projector?lang=${code}`;
  $("csv").href = `board/export.csv?lang=${code}`;
  $("legend").replaceChildren(...["done", "helped", "begun", "open", "open here"].map((name, at) =>
    make("span", "", make("i", name), words.legend[at])));
  strip.setWords(words, code);
  // Two quick changes: the later one counts.
  const turn = (turned += 1);
  const told = await ask(`board/course?lang=${code}`).catch(() => null);
  if (turn !== turned) return;
  // An address that lets nobody in says so by its events.
  if (told) {
    course = { ...told, exercises: told.sections.flatMap((section) => section.exercises) };
    rows.setCourse(course, words);
    panel.setCourse(course, words);
    listSections();
    listExercises();
    showAll();
  }
  wire.open(address());
}

// --- what changes ---

function hear(told) {
  clock = told.now - Date.now();
  const before = new Map(rows.seats);
  if (told.whole) klass = {};
  for (const key of ["code", "addresses", "shell", "follow", "ended", "trouble"]) if (key in told) klass[key] = told[key];
  medians = told.whole ? told.medians : { ...medians, ...told.medians };
  rows.update(told, told.whole);
  if (!course) return;
  if (told.follow) select(told.follow);
  if (panel.seat && (told.whole || told.gone?.includes(panel.seat.id) || told.seats.some(({ id }) => id === panel.seat.id))) {
    panel.update(rows.seats.get(panel.seat.id));
  }
  if (!told.whole) announce(before, told.seats);
  showAll();
}

/** Says who needs somebody now, for those who do not see it. */
function announce(before, seats) {
  for (const seat of seats) {
    const was = before.get(seat.id)?.why ?? null;
    if (seat.why === was || !seat.why || seat.why === "silent") continue;
    say(seat.why === "hand" ? words.raised(seat.name) : words.isStuck(seat.name));
  }
}

function showAll() {
  if (!klass) return;
  const seats = [...rows.seats.values()];
  const need = seats.filter((seat) => seat.why).length;
  const solved = seats.reduce((sum, seat) => sum + seat.solved, 0);
  $("code").textContent = klass.code;
  $("sum").replaceChildren(words.students(seats.length), ...(need ? [" · ", make("b", "", words.need(need))] : []),
    ` · ${words.solved(solved, seats.length * course.exercises.length)}`);
  document.title = `${need ? `(${need}) ` : ""}${klass.code} · redis-lab`;
  $("nobody").hidden = seats.length > 0;
  $("students").hidden = $("legend").hidden = seats.length === 0;
  for (const element of document.querySelectorAll(".address")) element.textContent = klass.addresses.join("   ");
  for (const element of document.querySelectorAll(".code")) element.textContent = klass.code;
  $("shell").hidden = !klass.shell;
  $("shell").querySelector("code").textContent = klass.shell ?? "";
  $("end").disabled = Boolean(klass.ended);
  $("lead").hidden = Boolean(klass.ended);
  showNotice();
  showFollow();
  showExercises(seats);
}

/** The table of the exercises; what is in it changes, the rows stay. */
function listExercises() {
  const [head] = $("exercises").querySelectorAll("thead");
  figures.clear();
  head.parentElement.replaceChildren(head, ...course.sections.filter((one) => one.exercises.length).map((section) => {
    const title = make("th", "", section.title);
    title.scope = "rowgroup";
    title.colSpan = 4;
    return make("tbody", "", make("tr", "", title), ...section.exercises.map((exercise) => {
      const hints = hintsFor(exercise), name = make("th", "", exercise.title, hints);
      name.scope = "row";
      const cells = [0, 1, 2].map(() => make("td", "number"));
      figures.set(exercise.id, { hints, cells });
      return make("tr", "", name, ...cells);
    }));
  }));
}

/** A button for each hint, for all that are at the exercise. */
function hintsFor(exercise) {
  return make("span", "row", ...exercise.hints.map((text, at) => {
    const give = make("button", "", words.hintAll(at + 1));
    give.type = "button";
    give.title = text;
    give.addEventListener("click", () => doIt({ do: "hint", to: "*", exercise: exercise.id, number: at + 1 }));
    return give;
  }));
}

function showExercises(seats) {
  const at = new Map();
  for (const { exercise } of seats) at.set(exercise, (at.get(exercise) ?? 0) + 1);
  for (const [id, { hints, cells }] of figures) {
    const [ms, solved] = medians[id] ?? [null, 0];
    const texts = [`${solved} / ${seats.length}`, ms === null ? "–" : lasting(words, ms), `${at.get(id) ?? ""}`];
    texts.forEach((text, at) => cells[at].textContent !== text && (cells[at].textContent = text));
    hints.hidden = !at.has(id);
  }
}

// --- follow me ---

function listSections() {
  const { value } = $("section");
  $("section").replaceChildren(...course.sections.map(({ id, title }) => new Option(title, id)));
  if (course.sections.some(({ id }) => id === value)) $("section").value = value;
  listSteps();
  if (!value && klass?.follow) select(klass.follow);
}

/** The step where everyone is led is the one to go on from. */
function select({ section, step }) {
  if (!course.sections.some(({ id }) => id === section)) return;
  $("section").value = section;
  listSteps();
  $("step").value = step;
}

function listSteps() {
  const section = course.sections.find(({ id }) => id === $("section").value);
  const { value } = $("step");
  $("step").replaceChildren(...section.steps.map((heading, at) => new Option(`${at + 1}. ${heading || words.introduction}`, at + 1)));
  if (value && value <= section.steps.length) $("step").value = value;
}

/** The chosen step, moved by one; over the end of a section into its neighbour. */
function move(by) {
  const [section, step] = [$("section"), $("step")];
  const to = step.selectedIndex + by;
  if (to >= 0 && to < step.length) step.selectedIndex = to;
  else if (section.selectedIndex + by >= 0 && section.selectedIndex + by < section.length) {
    section.selectedIndex += by;
    listSteps();
    step.selectedIndex = by > 0 ? 0 : step.length - 1;
  } else return;
  // Who leads takes everyone along.
  if (klass?.follow) follow();
}

async function follow() {
  const to = { section: $("section").value, step: Number($("step").value) };
  if (!await doIt({ do: "follow", ...to })) return;
  klass.follow = to;
  showFollow();
}

function showFollow() {
  const { follow: to } = klass;
  const section = to && course.sections.find(({ id }) => id === to.section);
  $("following").textContent = section ? words.following(section.title, to.step, section.steps[to.step - 1]) : words.free;
  $("following").className = section ? "on" : "";
  $("let-go").disabled = !to;
}

$("section").addEventListener("change", () => {
  listSteps();
  $("step").selectedIndex = 0;
});
$("back").addEventListener("click", () => move(-1));
$("on").addEventListener("click", () => move(1));
$("follow").addEventListener("submit", (event) => {
  event.preventDefault();
  follow();
});
$("let-go").addEventListener("click", () => doIt({ do: "unfollow" }));

// --- what a teacher does ---

async function doIt(what, keepalive = false) {
  try {
    const told = await act(lang, what, keepalive);
    if (["say", "hint"].includes(what.do)) say(words.sent);
    return told;
  } catch (error) {
    say(words.failed(error.message));
    return null;
  }
}

$("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = $("sentence").value.trim();
  if (text && await doIt({ do: "say", to: "*", text })) $("sentence").value = "";
});
$("end").addEventListener("click", () => confirm(words.sureEnd) && doIt({ do: "end" }));
$("shell").querySelector("button").addEventListener("click", async () => {
  await navigator.clipboard.writeText(klass.shell).catch(() => {});
  say(words.copied);
});
$("lang").addEventListener("click", () => setLang(words.other));

let told;
function say(text) {
  $("status").textContent = text;
  clearTimeout(told);
  told = setTimeout(() => ($("status").textContent = ""), 6000);
}

/** What is wrong, or over: the worst first. */
function showNotice() {
  const text = here === "open" ? klass?.trouble?.[lang] ?? (klass?.ended ? words.ended : "") : words[here];
  if ($("notice").textContent !== text) $("notice").textContent = text;
  $("notice").hidden = !text;
}

// On a phone the students come first.
const narrow = matchMedia("(max-width: 48rem)");
const fold = () => ($("lead").open = !narrow.matches);
narrow.addEventListener("change", fold);
fold();

setLang(firstLang());
