// Alerts as they come and go: what the server writes is put in place, and whoever was at a button stays at it.

import { byId, data, secondOf, text } from "./page.js";
import { follow } from "./live.js";

let current = data.show;

function show(snapshot) {
  const before = current;
  current = snapshot;
  if (snapshot.html === before.html) return;
  const at = document.activeElement?.id;
  byId("now").innerHTML = snapshot.html;
  if (at) byId(at)?.focus();
  if (snapshot.count !== before.count) byId("news").textContent = text("alert.count", { count: snapshot.count });
}

function link(state, since) {
  const sign = byId("link");
  sign.dataset.state = state;
  sign.textContent = text(`live.${state}`, { time: secondOf(since) });
  if (state === "ended") window.setTimeout(() => window.location.reload(), 3000);
}

follow(show, link);
