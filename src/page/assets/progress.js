// What was achieved: the terminal's progress file, kept in the browser. Two
// tabs at once lose nothing: what another one has written is added, not
// written over.
const KEY = "redis-lab.progress";

export class Progress {
  /** That of somebody with a seat in a class is kept apart. */
  constructor(seat) {
    this.key = seat ? `${KEY}.${seat}` : KEY;
    this.text = "";
    this.keeps = true;
    try {
      this.text = localStorage.getItem(this.key) ?? "";
      localStorage.setItem(`${KEY}.try`, "");
      localStorage.removeItem(`${KEY}.try`);
    } catch {
      this.keeps = false;
    }
  }

  /** What another tab has written since this one did, if anything. */
  foreign() {
    if (!this.keeps) return null;
    const kept = localStorage.getItem(this.key) ?? "";
    return kept && kept !== this.text ? kept : null;
  }

  write(text) {
    this.text = text;
    try {
      if (text) localStorage.setItem(this.key, text);
      else localStorage.removeItem(this.key);
    } catch {
      this.keeps = false;
    }
  }

  /** The file that cannot be read is kept beside. */
  setAside() {
    try {
      localStorage.setItem(`${this.key}.damaged`, this.text);
    } catch {
      // Then it is lost for this page only: nothing was kept before either.
    }
    this.write("");
  }
}
