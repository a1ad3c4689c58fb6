// The agent on this machine: its state as it comes, touches to it.

const SILENT_MS = 12_000; // the agent beats every five seconds

export class Agent {
  // changed(): there is a new state, or the agent fell silent, or is back.
  constructor(changed) {
    this.state = null;
    this.alive = true; // until it has been silent for too long
    this.changed = changed;
    this.heardAt = Date.now();
    this.build = "";
    this.open();
    setInterval(() => this.look(), 1000);
  }

  open() {
    const source = new EventSource("state");
    source.addEventListener("state", (event) => this.heard(() => (this.state = JSON.parse(event.data).panel)));
    source.addEventListener("beat", () => this.heard());
    source.addEventListener("page", (event) => this.compare(event.data));
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.open(), 2000);
    };
  }

  heard(take) {
    const news = take || !this.alive;
    if (take) take();
    this.heardAt = Date.now();
    this.alive = true;
    if (news) this.changed();
  }

  look() {
    if (this.alive && Date.now() - this.heardAt > SILENT_MS) {
      this.alive = false;
      this.changed();
    }
  }

  // An agent with another page, after an update: this one is old.
  compare(build) {
    if (this.build && this.build !== build) location.reload();
    this.build = build;
  }

  // → whether it was taken.
  async touch(what) {
    try {
      const answer = await fetch("touch", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(what),
      });
      return answer.ok;
    } catch {
      return false;
    }
  }
}
