// The worker, as the rest of the page uses it: what is sent, what comes back,
// and a new worker where the old one hangs or has died.

/** How long a worker may leave a stop unheard before it is ended. */
const PATIENCE = 1500;

export class Lab {
  /** `hears` is told events, `state` whether something runs, `lost` that the server is a new one. */
  constructor({ hears, state, lost, failed }) {
    Object.assign(this, { hears, state, lost, failed });
    this.open = 0;
    this.busy = false;
    this.begin();
  }

  begin() {
    this.worker = new Worker("worker.js", { type: "module" });
    this.open = 0;
    this.worker.onmessage = ({ data }) => this.heard(data);
    this.worker.onerror = (event) => this.failed(event.message ?? "worker.js");
  }

  heard({ ready, failed, crashed, events, busy, memory }) {
    if (ready) return;
    if (failed) return this.failed(failed);
    if (crashed) {
      console.error(crashed);
      return this.restart("crashed");
    }
    this.open = Math.max(0, this.open - 1);
    this.busy = busy;
    this.memory = memory;
    clearTimeout(this.alarm);
    this.hears(events);
    this.state(this.busy || this.open > 0);
  }

  send(request) {
    this.open += 1;
    this.state(true);
    this.worker.postMessage(request);
  }

  /** Ends what runs; where nothing is heard of it, the worker with it. */
  stop() {
    clearTimeout(this.alarm);
    this.alarm = setTimeout(() => this.restart("stopped"), PATIENCE);
    this.send({ do: "stop" });
  }

  restart(why) {
    clearTimeout(this.alarm);
    this.worker.terminate();
    this.begin();
    this.busy = false;
    this.state(false);
    this.lost(why);
  }
}
