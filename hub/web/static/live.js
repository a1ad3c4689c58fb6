// Follows the page's stream. Says "stale" when nothing came for so long that what is shown may be wrong.

import { build, data, now, setClock } from "./page.js";

const SILENT_MS = 30000; // two beats missed
const LOST_MS = 2500; // a reconnect that takes less is nobody's business
const AGAIN_MS = [1000, 2000, 5000, 10000];

async function isLoggedOut() {
  try {
    const answer = await fetch("/api/v1/session", { headers: { accept: "application/json" } });
    return answer.status === 401;
  } catch {
    return false;
  }
}

// `show(snapshot)` for every new one; `link(state, sinceMs)` with connecting, live, lost, stale or ended.
export function follow(show, link) {
  let source = null;
  let heardAt = Date.now();
  let heardHub = now();
  let state = "connecting";
  let failures = 0;
  let lostTimer = 0;

  function tell(next) {
    if (next === state) return;
    state = next;
    link(state, heardHub);
  }

  function heard() {
    heardAt = Date.now();
    heardHub = now();
    failures = 0;
    window.clearTimeout(lostTimer);
    tell("live");
  }

  function open() {
    source = new EventSource(data.live);
    source.addEventListener("beat", (event) => {
      const beat = JSON.parse(event.data);
      if (beat.build !== build) window.location.reload();
      setClock(beat.now);
      heard();
    });
    source.addEventListener("show", (event) => {
      heard();
      show(JSON.parse(event.data));
    });
    source.addEventListener("error", failed);
  }

  function failed() {
    window.clearTimeout(lostTimer);
    lostTimer = window.setTimeout(() => state === "live" && tell("lost"), LOST_MS);
    if (source.readyState === EventSource.CLOSED) refused();
  }

  // The hub answered, but not with a stream: log-in over, or the hub is just starting.
  async function refused() {
    source.close();
    const wait = AGAIN_MS[Math.min(failures++, AGAIN_MS.length - 1)];
    if (data.private && (await isLoggedOut())) return tell("ended");
    window.setTimeout(open, wait);
  }

  window.setInterval(() => {
    if (Date.now() - heardAt < SILENT_MS || state === "ended") return;
    tell("stale");
    if (source.readyState === EventSource.OPEN) {
      source.close(); // half-open: the other side is gone and nobody told us
      heardAt = Date.now() - SILENT_MS / 2;
      open();
    }
  }, 1000);

  link(state, heardHub);
  open();
}
