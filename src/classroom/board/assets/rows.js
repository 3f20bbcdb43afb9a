// The table: a row per student, in the server's order. Rows do not move under
// a pointer or a keyboard that is just being used there.
import { $, make } from "./link.js";
import { lasting } from "./words.js";

/** How long after the last touch the order may change again. */
const STILL = 3000;

/** What the server's letters mean, as class names. */
const CELLS = { s: "done", h: "helped", t: "begun", ".": "open" };

/** What kind of trouble has which sign: never told by colour alone. */
const SIGNS = { hand: "▲", tries: "↻", error: "!", silent: "…" };

export class Rows {
  /** `choose` opens a student. */
  constructor(table, choose) {
    Object.assign(this, { table, choose, body: table.tBodies[0], seats: new Map(), rows: new Map(), order: [], touched: 0 });
    const touch = () => (this.touched = performance.now());
    for (const name of ["pointermove", "pointerdown", "keydown"]) table.addEventListener(name, touch);
    table.addEventListener("pointerleave", () => {
      this.touched = 0;
      this.sort();
    });
    table.addEventListener("keydown", (event) => this.step(event));
    $("sort").addEventListener("click", () => this.sort(true));
    // Times go on by themselves, and an order that was held is caught up with.
    setInterval(() => this.tick(), 5000);
  }

  setCourse(course, words) {
    Object.assign(this, { course, words });
    $("groups").replaceChildren(...course.sections.filter((one) => one.exercises.length).map((section) => {
      const group = grouped(section);
      group.append(make("span", "", section.id));
      group.title = section.title;
      return group;
    }));
    this.rows.clear();
    this.body.replaceChildren();
    for (const id of this.order) this.show(id);
    this.sort(true);
  }

  /** What is new of the seats, which are gone, and the order if it has changed. */
  update({ seats, gone, order }, whole) {
    if (whole) for (const id of [...this.seats.keys()]) if (!order.includes(id)) this.drop(id);
    for (const id of gone ?? []) this.drop(id);
    for (const seat of seats) this.seats.set(seat.id, seat);
    this.order = (order ?? this.order).filter((id) => this.seats.has(id));
    if (!this.course) return;
    for (const { id } of seats) this.show(id);
    this.sort();
  }

  drop(id) {
    this.seats.delete(id);
    this.rows.get(id)?.row.remove();
    this.rows.delete(id);
  }

  make(id) {
    const [who, state, where, count] = ["th", "td", "td", "td"].map((tag) => make(tag));
    who.scope = "row";
    const name = make("button", "name");
    name.type = "button";
    name.addEventListener("click", () => this.choose(id));
    who.append(name);
    const sign = make("span", "sign"), told = make("span");
    sign.setAttribute("aria-hidden", "true");
    state.append(sign, told);
    state.className = "state";
    where.className = "where";
    count.className = "number";
    const heard = make("span", "heard"), cells = make("td", "cells");
    const strip = make("span", "strip");
    strip.setAttribute("aria-hidden", "true");
    const marks = [];
    for (const section of this.course.sections) {
      if (!section.exercises.length) continue;
      const group = grouped(section);
      for (const exercise of section.exercises) {
        const mark = make("i");
        mark.title = exercise.title;
        marks.push(mark);
        group.append(mark);
      }
      strip.append(group);
    }
    cells.append(heard, strip);
    const row = make("tr", "", who, state, where, count, cells);
    const one = { row, name, sign, told, where, count, heard, marks };
    this.rows.set(id, one);
    this.body.append(row);
    return one;
  }

  show(id) {
    const seat = this.seats.get(id), { words, course } = this;
    const one = this.rows.get(id) ?? this.make(id);
    put(one.name, seat.name);
    one.name.setAttribute("aria-pressed", String(this.open === id));
    one.row.className = [seat.why ?? "", this.open === id ? "chosen" : ""].join(" ").trim();
    put(one.sign, SIGNS[seat.why] ?? "");
    this.showState(id);
    put(one.where, place(course, words, seat, true));
    one.where.title = place(course, words, seat);
    const of = course.exercises.length;
    put(one.count, `${seat.solved} / ${of}`);
    const tried = [...seat.cells].filter((cell) => cell === "t").length;
    put(one.heard, words.cellsHeard(seat.solved, tried, of));
    const here = course.exercises.findIndex((exercise) => exercise.id === seat.exercise);
    one.marks.forEach((mark, at) => {
      const name = `${CELLS[seat.cells[at]] ?? "open"}${at === here ? " here" : ""}`;
      if (mark.className !== name) mark.className = name;
    });
  }

  showState(id) {
    const seat = this.seats.get(id), one = this.rows.get(id);
    put(one.told, `${trouble(this.words, seat, this.now(), this.course.exercises.length)}${seat.looked ? ` · ${this.words.looked}` : ""}`);
  }

  tick() {
    if (!this.course) return;
    for (const id of this.rows.keys()) this.showState(id);
    this.sort();
  }

  /** Puts the rows in order, unless somebody is at them. */
  sort(now = false) {
    const wanted = this.order.map((id) => this.rows.get(id)?.row).filter(Boolean);
    const moved = wanted.filter((row, at) => this.body.rows[at] !== row).length;
    const held = !now && moved > 0 && this.touched && performance.now() - this.touched < STILL;
    $("sort").hidden = !held;
    if (held) $("sort").textContent = this.words.sort(moved);
    if (held || !moved) return;
    const at = document.activeElement;
    arrange(this.body, wanted);
    // Moving a row takes the focus from what is in it.
    if (at && this.body.contains(at) && document.activeElement !== at) at.focus({ preventScroll: true });
  }

  /** The arrows go from name to name. */
  step(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = event.target.closest("tbody tr");
    if (!by || !row) return;
    const next = by > 0 ? row.nextElementSibling : row.previousElementSibling;
    if (!next) return;
    event.preventDefault();
    next.querySelector(".name").focus();
  }

  mark(id) {
    const before = this.open;
    this.open = id;
    for (const one of [before, id]) if (this.seats.has(one) && this.rows.has(one)) this.show(one);
  }

  focus(id) {
    this.rows.get(id)?.name.focus();
  }
}

/** Puts rows in order, and moves few: a class of hundreds has a large table. */
function arrange(body, wanted) {
  let at = body.firstElementChild;
  for (const row of wanted) {
    // The one that stood here has gone down, and is put there at its turn.
    if (at?.nextElementSibling === row) at = row;
    if (row === at) at = at.nextElementSibling;
    else body.insertBefore(row, at);
  }
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The space of a section, as wide as it has exercises. */
function grouped(section) {
  const group = make("span", "group");
  group.style.setProperty("--n", section.exercises.length);
  return group;
}

/** Where a student is, in words. */
export function place(course, words, seat, brief = false) {
  const exercise = course.exercises.find((one) => one.id === seat.exercise);
  if (exercise) return exercise.title;
  const section = course.sections.find((one) => one.id === seat.section);
  return section ? words.place(brief ? section.id : section.title, seat.step) : words.nowhere;
}

/** How it goes for a student, in words. */
export function trouble(words, seat, now, of) {
  const since = (at) => lasting(words, now - at);
  switch (seat.why) {
    case "hand": return words.hand(since(seat.hand));
    case "tries": return words.stuckTries(seat.tries, since(seat.since));
    case "error": return words.stuckError(seat.same);
    case "silent": return words.silent(since(seat.seen));
    default: return of && seat.solved === of ? words.allDone : words.works;
  }
}
