// One ticket on a phone: what the server writes, as soon as it changed; a call is felt as well as seen.

import { byId, data, secondOf, text } from "./page.js";
import { follow } from "./live.js";

const CALLED_MS = [400, 200, 400, 200, 800];
const SOON_MS = [200, 200, 200];

let current = data.show;

function show(snapshot) {
  const before = current;
  current = snapshot;
  document.title = snapshot.title;
  if (snapshot.html !== before.html) byId("now").innerHTML = snapshot.html;
  const isCall = snapshot.phase === "called" && (before.phase !== "called" || snapshot.calls > before.calls);
  if (isCall) {
    navigator.vibrate?.(CALLED_MS);
    window.scrollTo(0, 0);
  }
  if (snapshot.soon && !before.soon) navigator.vibrate?.(SOON_MS); // few are left before it: come near
  if (snapshot.phase === "ended") window.location.reload(); // to be rated
}

function link(state, since) {
  const sign = byId("link");
  const bad = state === "stale" || state === "lost";
  sign.hidden = !bad;
  sign.dataset.state = state;
  if (bad) sign.textContent = `⚠ ${text(`phonelive.${state}`, { time: secondOf(since) })}`;
}

follow(show, link);
