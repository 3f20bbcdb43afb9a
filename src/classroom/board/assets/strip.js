// The strip: which commands Redis has run for the class in this second.
import { $, make } from "./link.js";

export class Strip {
  /** `toggle` is told whether commands are wanted. */
  constructor(toggle) {
    this.on = true;
    $("pause").addEventListener("click", () => {
      this.on = !this.on;
      this.label();
      toggle(this.on);
    });
  }

  setWords(words, lang) {
    Object.assign(this, { words, lang });
    this.label();
    if (this.last) this.show(this.last);
  }

  label() {
    $("pause").textContent = this.on ? this.words.pause : this.words.resume;
    $("pause").setAttribute("aria-pressed", String(!this.on));
  }

  /** `names` has how often each command ran, `lines` the latest of them. */
  show(told) {
    this.last = told;
    if (!this.on || !this.words) return;
    const { total, names, lines, why } = told;
    if (why) {
      $("strip-sum").textContent = this.words.noStrip(why);
      return $("strip").replaceChildren();
    }
    const most = Object.entries(names).map(([name, n]) => (n > 1 ? `${name} × ${n}` : name));
    $("strip-sum").textContent = total ? [this.words.commands(total), ...most].join(" · ") : this.words.quiet;
    $("strip").replaceChildren(...lines.map(({ name, args, script }) =>
      make("li", "", script ? make("i", "", "lua  ") : "", make("b", "", name), args ? ` ${args}` : "")));
  }
}
