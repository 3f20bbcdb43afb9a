// The way to the class, which may be out of reach at any time: what could not be
// told is kept in this browser and told later; sent twice, it counts once.
const KEY = "redis-lab.class";
// In milliseconds. The class says something every 5 s: SILENCE is a dead stream.
// Without a byte in HELD something on the way holds it back, and polls do.
const SILENCE = 12000, HELD = 7000, ANSWER = 10000, WAIT = 8, POLLS = 30;
const MOST_EVENTS = 100, MOST_BYTES = 50000;

const bytes = (value) => new TextEncoder().encode(JSON.stringify(value)).length;

export class Link {
  /** `hears` is told news, `lost` that the class does not know the seat. */
  constructor(hears, lost) {
    Object.assign(this, { hears, lost, heardAt: Date.now() });
    addEventListener("online", () => this.wake?.());
  }

  /** What is kept of the seat, the same for all tabs; `how` changes it. */
  seat(how) {
    try {
      this.own = this.full ? this.own : JSON.parse(localStorage.getItem(KEY));
      if (!how || !this.own) return this.own;
      how(this.own);
      localStorage.setItem(KEY, JSON.stringify(this.own));
    } catch {
      // What does not fit there is in this tab only.
      this.full = true;
    }
    return this.own;
  }

  /** Takes a seat, or with null leaves it. */
  take(seat) {
    this.own = seat;
    this.after = undefined;
    try {
      localStorage.setItem(KEY, JSON.stringify(seat));
    } catch {
      this.full = true;
    }
  }

  /** Asks once; throws with the `status` where the class refuses. */
  async ask(path, body, method = body ? "POST" : "GET", ms = ANSWER) {
    const { response, done } = await this.open(path, { body: body && JSON.stringify(body), method, ms });
    try {
      const text = await response.text();
      // Whatever is no JSON comes from somebody on the way.
      const answer = text && JSON.parse(text);
      if (response.status < 500) this.heardAt = Date.now();
      if (response.ok) return answer;
      throw Object.assign(new Error(answer?.error), { status: response.status, wait: 1000 * response.headers.get("retry-after") });
    } finally {
      done();
    }
  }

  async open(path, { ms, accept = "application/json", ...options }) {
    const abort = new AbortController();
    let alarm;
    const more = (time) => {
      clearTimeout(alarm);
      alarm = setTimeout(() => abort.abort(), time);
    };
    more(ms);
    const headers = { accept, "content-type": "application/json", authorization: `Bearer ${this.seat()?.token}` };
    const response = await fetch(`class/${path}`, { ...options, headers, cache: "no-store", signal: abort.signal });
    return { response, more, done: () => (clearTimeout(alarm), abort.abort()) };
  }

  /** Asks until there is an answer; null where there will be none. */
  async surely(...question) {
    const { token } = this.seat() ?? {};
    for (let failed = 0; token && this.seat()?.token === token; failed += 1) {
      try {
        return await this.ask(...question);
      } catch (error) {
        if (this.given(error)) return null;
        await this.rest(error, failed);
      }
    }
    return null;
  }

  /** Whether this is the class's last word. */
  given({ status }) {
    if (status === 401) this.lost();
    if (status === 410) this.hears({ what: "ended" });
    return status < 500 && ![407, 408, 425, 429].includes(status);
  }

  /** Waits before the next try, the longer the more have failed. */
  rest({ wait = 0 }, failed) {
    const ms = Math.max(wait, Math.min(8000, 500 * 2 ** failed) * (0.5 + Math.random() / 2));
    return new Promise((resolve) => {
      this.wake = resolve;
      setTimeout(resolve, ms);
    });
  }

  // --- what is told ---

  tell(event) {
    this.seat(({ next }) => {
      // Of these only the last one counts.
      if (["at", "screen"].includes(event.what) && next.at(-1)?.what === event.what) next.pop();
      next.push(event);
    });
    this.send();
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    for (let out; (out = this.post()); ) {
      const { token } = this.seat();
      await this.surely("report", out);
      this.seat((own) => own.token === token && own.out?.post === out.post && delete own.out);
    }
    this.sending = false;
  }

  /** What is sent next. Once it has its number it stays as it is. */
  post() {
    return this.seat((own) => {
      if (own.out || !own.next.length) return;
      let size = 0;
      const most = own.next.slice(0, MOST_EVENTS).findIndex((event) => (size += bytes(event)) > MOST_BYTES);
      own.out = { post: (own.post += 1), events: own.next.splice(0, most < 0 ? MOST_EVENTS : Math.max(1, most)) };
    })?.out;
  }

  // --- what is heard ---

  async listen() {
    const { token } = this.seat();
    let failed = 0, polls = 0;
    while (this.seat()?.token === token) {
      try {
        if (polls) {
          const { after, news } = await this.ask(`${this.news()}&wait=${WAIT}`, undefined, "GET", WAIT * 1000 + 5000);
          for (const one of news) this.hears(one);
          this.passed(after);
          [polls, failed] = [polls - 1, 0];
        } else if (await this.stream()) failed = 0;
        else polls = POLLS;
      } catch (error) {
        polls = polls ? 0 : error.name === "AbortError" ? POLLS : 1;
        this.given(error);
        await this.rest(error, failed++);
      }
    }
  }

  /** Reads the stream until it ends; whether it brought anything. */
  async stream() {
    let any = false;
    const { response, more, done } = await this.open(this.news(), { accept: "text/event-stream", ms: HELD });
    try {
      if ([401, 410].includes(response.status)) throw response;
      if (!response.ok || !response.headers.get("content-type")?.startsWith("text/event-stream")) return false;
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = "", part; !(part = await reader.read()).done; ) {
        any = true;
        this.heardAt = Date.now();
        more(SILENCE);
        const events = (text + part.value).split("\n\n");
        text = events.pop();
        for (const event of events) {
          const { id, data } = Object.fromEntries([...event.matchAll(/^(\w+): ?(.*)$/gm)].map((field) => field.slice(1)));
          if (data) this.hears(JSON.parse(data));
          this.passed(id);
        }
      }
    } catch (error) {
      if (!any) throw error;
    } finally {
      done();
    }
    return any;
  }

  news() {
    return `news?after=${this.after ?? this.seat().after ?? "0-0"}`;
  }

  passed(id) {
    if (!id) return;
    this.after = id;
    this.seat((own) => (own.after = id));
  }
}
