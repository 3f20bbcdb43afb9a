// What was achieved: the terminal's progress file, kept in the browser. Two
// tabs at once lose nothing: what another one has written is added, not
// written over.
const KEY = "redis-lab.progress", ASIDE = "redis-lab.progress.damaged";

export class Progress {
  constructor() {
    this.text = "";
    this.keeps = true;
    try {
      this.text = localStorage.getItem(KEY) ?? "";
      localStorage.setItem(`${KEY}.try`, "");
      localStorage.removeItem(`${KEY}.try`);
    } catch {
      this.keeps = false;
    }
  }

  /** What another tab has written since this one did, if anything. */
  foreign() {
    if (!this.keeps) return null;
    const kept = localStorage.getItem(KEY) ?? "";
    return kept && kept !== this.text ? kept : null;
  }

  write(text) {
    this.text = text;
    try {
      if (text) localStorage.setItem(KEY, text);
      else localStorage.removeItem(KEY);
    } catch {
      this.keeps = false;
    }
  }

  /** The file that cannot be read is kept beside. */
  setAside() {
    try {
      localStorage.setItem(ASIDE, this.text);
    } catch {
      // Then it is lost for this page only: nothing was kept before either.
    }
    this.write("");
  }
}
