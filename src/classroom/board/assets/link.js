// The board's wire: what changes comes as events, what the teacher does is
// posted. Nothing that a student wrote ever becomes HTML: `make` adds text.

export const $ = (id) => document.getElementById(id);

export function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

export async function ask(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? `${answer.status}`);
  return body;
}

/** Has the class do something; `keepalive` lets it outlive the page. */
export async function act(lang, what, keepalive = false) {
  const answer = await fetch(`board/act?lang=${lang}`, {
    method: "POST", keepalive, headers: { "content-type": "application/json" }, body: JSON.stringify(what),
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error ?? `${answer.status}`);
  return body;
}

/** Hears events for as long as the page is there. */
export class Wire {
  /** `hears` has a function for each event; `state` is told "open", "lost" or "shut". */
  constructor(hears, state) {
    Object.assign(this, { hears, state });
    addEventListener("pagehide", () => this.source?.close());
    // A page that comes back from the browser's cache has a closed one.
    addEventListener("pageshow", (event) => event.persisted && this.open(this.path));
  }

  open(path) {
    this.path = path;
    this.source?.close();
    clearTimeout(this.again);
    const source = new EventSource(path);
    this.source = source;
    for (const [name, hear] of Object.entries(this.hears)) {
      source.addEventListener(name, (event) => hear(JSON.parse(event.data)));
    }
    source.addEventListener("open", () => this.state("open"));
    source.addEventListener("error", () => {
      if (source !== this.source) return;
      if (source.readyState !== EventSource.CLOSED) return this.state("lost");
      // Refused for good, or only while the program starts again: asking tells.
      fetch("board/alive").then(({ status }) => status === 403, () => false).then((refused) => {
        if (source !== this.source) return;
        this.state(refused ? "shut" : "lost");
        if (!refused) this.again = setTimeout(() => this.open(path), 2000);
      });
    });
  }
}
