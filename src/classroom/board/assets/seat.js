// One student, looked at: what the screen shows, the last lines, hints, a
// sentence, and what else a teacher does for one.
import { $, ask, make } from "./link.js";
import { place, trouble } from "./rows.js";
import { lasting } from "./words.js";

export class SeatPanel {
  /** `act` has the class do something; `closed` is told when the panel is. */
  constructor(panel, { act, closed }) {
    Object.assign(this, { panel, act, closed, seat: null });
    panel.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    addEventListener("pagehide", () => this.looking && this.act({ do: "look", seat: this.seat.id, on: false }, true));
  }

  setCourse(course, words) {
    Object.assign(this, { course, words });
    if (this.seat) this.build();
  }

  open(seat) {
    if (this.seat && this.seat.id !== seat.id) this.stopLooking();
    this.seat = seat;
    this.detail = null;
    // A look that was begun before the page was loaded anew goes on.
    this.looking = seat.looked;
    this.build();
    this.panel.hidden = false;
    this.panel.parentElement.classList.add("open");
    this.panel.focus();
    this.fetch();
  }

  close() {
    if (!this.seat) return;
    this.stopLooking();
    const { id } = this.seat;
    this.seat = null;
    this.panel.hidden = true;
    this.panel.parentElement.classList.remove("open");
    this.closed(id);
  }

  stopLooking() {
    if (this.looking) this.act({ do: "look", seat: this.seat.id, on: false });
    this.looking = false;
  }

  /** The seat has changed; `undefined` when it is gone. */
  update(seat) {
    if (!this.seat) return;
    if (!seat) return this.close();
    const before = this.seat;
    this.seat = seat;
    this.fill();
    if (before.exercise !== seat.exercise) this.fillHints();
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.fetch(), 400);
  }

  async fetch() {
    const { id } = this.seat ?? {};
    if (!id) return;
    const detail = await ask(`board/seat/${id}`).catch(() => null);
    if (!detail || this.seat?.id !== id) return;
    this.detail = detail;
    this.fillDetail();
  }

  build() {
    const { words, seat } = this;
    const button = (text, press, className = "") => {
      const made = make("button", className, text);
      made.type = "button";
      made.addEventListener("click", press);
      return made;
    };
    const form = (label, input, press, send) => {
      const made = make("form");
      input.required = true;
      input.id = `seat-${send.key}`;
      const title = make("label", "", label);
      title.htmlFor = input.id;
      made.append(title, input, make("button", "", send.text));
      made.autocomplete = "off";
      made.addEventListener("submit", (event) => {
        event.preventDefault();
        press(input.value.trim());
      });
      return made;
    };
    const name = make("h2");
    name.id = "seat-name";
    const head = make("div", "head", name, button(words.close, () => this.close()));
    const parts = {
      name, state: make("p"), where: make("p", "quiet"), error: make("pre"), errorTitle: make("h3", "", words.error),
      lower: button(words.lower, () => this.act({ do: "lower", seat: seat.id })),
      look: button("", () => this.toggleLook()), screenTitle: make("h3", "", words.screen), screen: make("pre"),
      hints: make("div"), lines: make("div", "lines"), record: make("tbody"), verdict: make("p", "verdict"),
    };
    parts.verdict.setAttribute("role", "status");
    parts.look.title = words.lookAbout;
    parts.screen.tabIndex = parts.lines.tabIndex = 0;
    parts.screen.setAttribute("role", "region");
    parts.screen.setAttribute("aria-label", words.screen);
    parts.lines.setAttribute("role", "region");
    parts.lines.setAttribute("aria-label", words.lines);
    const sentence = make("input");
    sentence.maxLength = 500;
    const newName = make("input");
    newName.maxLength = 24;
    newName.value = seat.name;
    const progress = make("a", "button", words.progress);
    progress.href = `board/progress/${encodeURIComponent(seat.id)}.json`;
    progress.download = "";
    const scroll = make("div", "scroll", make("table", "", parts.record));
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", words.record);
    this.parts = parts;
    this.panel.replaceChildren(
      head, parts.state, parts.where,
      make("div", "row", parts.look, parts.lower),
      parts.errorTitle, parts.error, parts.screenTitle, parts.screen, parts.hints,
      form(words.sayOne(seat.name), sentence, async (text) => {
        if (await this.act({ do: "say", to: seat.id, text })) sentence.value = "";
      }, { key: "say", text: words.send }),
      make("h3", "", words.lines), parts.lines,
      make("h3", "", words.record), scroll, parts.verdict,
      make("div", "row", progress),
      form(words.newName, newName, (text) => this.act({ do: "rename", seat: seat.id, name: text }), { key: "name-new", text: words.rename }),
      button(words.remove, () => confirm(words.sureRemove(this.seat.name)) && this.act({ do: "remove", seat: seat.id })),
    );
    this.fill();
    this.fillHints();
    this.fillDetail();
  }

  fill() {
    const { parts, seat, words, course } = this;
    parts.name.textContent = seat.name;
    parts.state.textContent = trouble(words, seat, this.now(), course.exercises.length);
    parts.where.textContent = place(course, words, seat) + (seat.exercise && seat.tries ? ` · ${words.tries(seat.tries)}` : "");
    parts.lower.hidden = !seat.hand;
    parts.look.textContent = this.looking ? words.stopLook : words.look;
    parts.look.setAttribute("aria-pressed", String(Boolean(this.looking)));
    parts.errorTitle.hidden = parts.error.hidden = !seat.error;
    parts.error.textContent = seat.error ?? "";
    parts.screenTitle.hidden = parts.screen.hidden = !this.looking;
  }

  fillHints() {
    const { parts, seat, words, course } = this;
    const exercise = course.exercises.find((one) => one.id === seat.exercise);
    parts.hints.hidden = !exercise?.hints.length;
    if (!exercise) return;
    const rows = exercise.hints.map((text, at) => {
      const give = make("button", "", words.hintNumber(at + 1));
      give.type = "button";
      give.addEventListener("click", () => this.act({ do: "hint", to: seat.id, exercise: exercise.id, number: at + 1 }));
      return make("li", "", give, " ", text);
    });
    parts.hints.replaceChildren(make("h3", "", words.giveHint), make("p", "quiet", `${words.hintFor}: ${exercise.title}`), make("ol", "", ...rows));
  }

  fillDetail() {
    const { parts, words, course, detail } = this;
    if (!detail) return;
    parts.screen.textContent = detail.screen ?? words.noScreen;
    // What is the same stays: somebody may be at a button there.
    const seen = JSON.stringify([detail.lines, detail.exercises]);
    if (parts.seen === seen) return;
    parts.seen = seen;
    const atEnd = parts.lines.scrollTop + parts.lines.clientHeight >= parts.lines.scrollHeight - 4;
    parts.lines.replaceChildren(...(detail.lines.length
      ? detail.lines.map(({ line, error }) => make("div", "", make("code", "", `> ${line}`), error ? make("code", "bad", error) : ""))
      : [make("p", "quiet", words.noLines)]));
    if (atEnd) parts.lines.scrollTop = parts.lines.scrollHeight;
    parts.record.replaceChildren(...course.exercises.flatMap((exercise) => {
      const own = detail.exercises[exercise.id];
      if (!own) return [];
      const title = make("th", "", exercise.title);
      title.scope = "row";
      const facts = [own.solved ? words.done : words.begun, words.tries(own.tries)];
      if (own.hints) facts.push(words.hints(own.hints));
      if (own.solved) facts.push(lasting(words, own.ms));
      const check = make("button", "", words.recheck);
      check.type = "button";
      check.title = words.recheckAbout;
      check.setAttribute("aria-label", `${words.recheck}: ${exercise.title}`);
      check.addEventListener("click", () => this.recheck(exercise));
      return [make("tr", "", title, make("td", "", facts.join(", ")), make("td", "", own.solved ? check : ""))];
    }));
  }

  /** What was handed in is run once more; it is only a student's word. */
  async recheck(exercise) {
    const { parts, words } = this;
    parts.verdict.textContent = words.rechecking;
    const told = await this.act({ do: "recheck", seat: this.seat.id, exercise: exercise.id });
    parts.verdict.textContent = told ? `${exercise.title}: ${told.text}` : "";
  }

  async toggleLook() {
    const on = !this.looking;
    this.looking = on;
    this.fill();
    if (await this.act({ do: "look", seat: this.seat.id, on })) return;
    this.looking = !on;
    this.fill();
  }
}
