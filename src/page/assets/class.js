// The class on the page: joined by a code, told what is done, and what the
// teacher says shown. Without the class everything else goes on.
import { Link } from "./link.js";
import { WORDS } from "./class-words.js";

// Nothing was heard for so long: the learner is told.
const AWAY = 15000;
const MOST_SAID = 4, SCREEN = 4000, LONGEST = 30000;

const BAR = `<div class="row"><details id="seat"><summary></summary><div><p></p>
<button type="button" id="leave" data-word="leave"></button></div></details>
<button type="button" id="hand"></button><button type="button" id="enter" data-word="join"></button>
<p id="signs" role="status"><strong id="away"></strong><strong id="looked"></strong><a id="teacher"></a></p>
</div><div id="said" role="log"></div>`;
const FORM = `<form method="dialog" autocomplete="off"><h2 id="join-title" data-word="join"></h2>
<label><span data-word="code"></span><input name="code" required autocapitalize="off" spellcheck="false"></label>
<label><span data-word="name"></span><input name="name" required maxlength="24" spellcheck="false"></label>
<label><span data-word="pin"></span><input name="pin" required inputmode="numeric" pattern="[0-9]{4}" maxlength="4"></label>
<p role="alert"></p><p class="row"><button class="main" id="join" data-word="join"></button>
<button type="button" id="other"></button> <button type="button" id="without" data-word="without"></button></p>
<p class="quiet" data-word="about"></p><p class="quiet" id="plain" data-word="plain"></p></form>`;

export class Classroom {
  /** `page` is what the class may do with the page: see `app.js`. */
  constructor(page) {
    this.page = page;
    this.link = new Link((news) => this.hear(news), () => this.out("unknown"));
    this.bar = Object.assign(document.createElement("section"), { id: "class", innerHTML: BAR });
    document.querySelector("header").after(this.bar);
    this.dialog = Object.assign(document.createElement("dialog"), { id: "join-class", innerHTML: FORM });
    this.dialog.setAttribute("aria-labelledby", "join-title");
    document.body.append(this.dialog);
    this.form = this.dialog.firstElementChild;
    const on = (id, act, type = "click") => this.find(id).addEventListener(type, act);
    on("#hand", () => this.raise(!this.hand));
    on("#enter", () => this.invite());
    on("#without", () => this.dialog.close());
    on("#other", () => this.fields(!this.again));
    on("#leave", () => confirm(this.words.sure(this.link.seat().pin)) && this.leave());
    on("form", (event) => (event.preventDefault(), this.join()), "submit");
    page.open(this.link.seat()?.seat);
    setInterval(() => this.look(), 1000);
  }

  get joined() {
    return Boolean(this.link.seat()?.token);
  }

  find(what) {
    return this.bar.querySelector(what) ?? this.dialog.querySelector(what);
  }

  setLang(lang) {
    this.words = WORDS[lang];
    this.bar.setAttribute("aria-label", this.words.group);
    for (const part of [this.bar, this.dialog]) {
      for (const element of part.querySelectorAll("[data-word]")) element.textContent = this.words[element.dataset.word];
    }
    this.form.elements.code.placeholder = this.words.example;
    this.fields(this.again);
    this.show();
    if (this.begun) return;
    this.begun = true;
    if (this.joined) this.enter();
    else this.invite();
  }

  // --- joining ---

  async invite() {
    const { code } = this.form.elements;
    code.value ||= new URLSearchParams(location.search).get("code") ?? "";
    if (!this.dialog.open) this.dialog.showModal();
    this.info ??= await this.link.ask("info").catch(() => undefined);
    this.find("#plain").hidden = location.protocol === "https:";
    this.fields(this.again);
  }

  /** For somebody new, or somebody who has been here `again`, on another device. */
  fields(again = false) {
    this.again = again;
    const { name, pin } = this.form.elements, named = again || this.info?.names === "free";
    name.disabled = name.parentElement.hidden = !named;
    pin.disabled = pin.parentElement.hidden = !again;
    this.find("#other").textContent = again ? this.words.fresh : this.words.again;
  }

  async join() {
    const { code, name, pin } = this.form.elements, problem = this.find("[role=alert]");
    const asks = { code: code.value.trim().toLowerCase().replace(/[\s_]+/g, "-"), lang: document.documentElement.lang };
    if (!name.disabled) asks.name = name.value.trim();
    if (this.again) asks.pin = pin.value;
    problem.textContent = "";
    try {
      const { seat, token, name, pin, after } = await this.link.ask(this.again ? "return" : "join", asks);
      this.link.take({ seat, token, name, pin, after, post: 0, next: [] });
      const achieved = this.carries && this.page.progress();
      this.page.open(seat, achieved);
      if (achieved) this.bring(JSON.parse(achieved));
      this.dialog.close();
      this.enter(!this.again);
    } catch (error) {
      problem.textContent = error.status ? error.message : this.words.silent;
    }
  }

  async enter(isNew) {
    const { link } = this;
    link.heardAt = Date.now();
    this.show();
    const me = await link.surely("me");
    if (!me) return;
    link.seat((own) => Object.assign(own, { name: me.name, post: Math.max(own.post, me.post), after: own.after ?? me.after }));
    Object.assign(this, { known: true, hand: me.hand, looked: me.looked });
    this.show();
    if (me.ended) return this.out("ended");
    if (me.follow) this.hear({ what: "follow", ...me.follow });
    const kept = !isNew && await link.surely("progress");
    if (kept) this.page.merge(JSON.stringify(kept));
    else this.progressed();
    link.send();
    link.listen();
  }

  /** What was achieved in this tab before this seat was taken. */
  bring({ exercises, tasks }) {
    for (const [exercise, { done, commands, seconds, submitted, hints }] of Object.entries(exercises)) {
      const lines = commands.join().length < LONGEST ? commands : [];
      if (done) this.tell({ what: "solved", exercise, lines, ms: Math.round(1000 * seconds), tries: submitted, hints });
    }
    for (const [task, { solved }] of Object.entries(tasks)) if (solved) this.tell({ what: "task", task });
  }

  /** Out of the class, and why; the progress stays, and the page goes on. */
  out(why) {
    if (!this.joined) return;
    // Who is forgotten while working takes the progress to the next seat.
    this.carries = this.known && why === "unknown";
    this.link.seat((own) => Object.assign(own, { token: null, next: [], out: undefined }));
    Object.assign(this, { known: false, hand: false, looked: false, following: null });
    this.show();
    this.say(this.words[why]);
    if (why === "unknown") this.invite();
  }

  /** Makes room for somebody else at this computer. */
  leave() {
    this.out("left");
    this.carries = false;
    this.link.take(null);
    this.page.open();
    this.show();
    this.invite();
  }

  // --- what is told ---

  tell(event) {
    if (this.joined) this.link.tell(event);
    else if (["solved", "task"].includes(event.what)) this.carries = true;
  }

  raise(up) {
    this.hand = up;
    this.tell({ what: "hand", up });
    this.show();
  }

  /** The progress has changed: the class gets a copy, a moment later. */
  progressed() {
    this.saving ??= setTimeout(async () => {
      const text = this.page.progress();
      if (this.known && text) await this.link.surely("progress", JSON.parse(text), "PUT");
      this.saving = undefined;
      if (text !== this.page.progress()) this.progressed();
    }, 3000);
  }

  /** Once a second: is the class there, and what does the teacher see? */
  look() {
    const away = this.joined && Date.now() - this.link.heardAt > AWAY;
    if (away !== this.away) {
      this.away = away;
      this.show();
    }
    const text = this.looked && !document.hidden ? this.page.screen().slice(-SCREEN) : undefined;
    if (text !== undefined && text !== this.screen) this.tell({ what: "screen", text });
    this.screen = text;
  }

  // --- what is heard ---

  hear(news) {
    const { words } = this;
    ({
      follow: () => this.follow(news),
      say: () => this.say(news.text, news.one ? words.toYou : words.toAll),
      hint: () => this.say(news.text, words.hint(news.exercise)),
      look: () => (this.looked = news.on),
      name: () => this.link.seat((own) => (own.name = news.name)),
      hand: () => {
        if (this.hand && !news.up) this.say(words.lowered);
        this.hand = news.up;
      },
      removed: () => this.out("removed"),
      ended: () => this.out("ended"),
    })[news.what]?.();
    this.show();
  }

  /** To the teacher's step; when several came at once, to the last. */
  follow({ section, step }) {
    this.following = section && { section, step };
    clearTimeout(this.going);
    if (section) this.going = setTimeout(() => this.page.go(section, step), 100);
  }

  say(text, from) {
    const line = document.createElement("p"), close = document.createElement("button");
    if (from) line.append(Object.assign(document.createElement("strong"), { textContent: `${from} ` }));
    Object.assign(close, { type: "button", textContent: "×", onclick: () => line.remove() });
    close.setAttribute("aria-label", this.words.close);
    line.append(text, close);
    const said = this.find("#said");
    said.append(line);
    while (said.children.length > MOST_SAID) said.firstElementChild.remove();
  }

  show() {
    const { words, following: at, joined } = this, { name, pin } = this.link.seat() ?? {};
    const [summary, popup] = this.find("#seat").children;
    this.find("#seat").hidden = this.find("#hand").hidden = !joined;
    this.find("#enter").hidden = joined;
    this.find("#hand").textContent = this.hand ? words.lower : words.raise;
    this.find("#hand").classList.toggle("main", Boolean(this.hand));
    summary.textContent = name;
    popup.firstElementChild.textContent = words.elsewhere(name, pin);
    const sign = (id, text) => {
      const own = this.find(id);
      // The same again would be announced again.
      if (own.textContent !== (text || "")) own.textContent = text || "";
    };
    sign("#away", this.away && words.away);
    sign("#looked", this.looked && words.looked);
    sign("#teacher", at && words.following(at));
    if (at) this.find("#teacher").href = `#${at.section}/${at.step}`;
  }
}
