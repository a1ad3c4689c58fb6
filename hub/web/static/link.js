// Says how the page stands with the hub, where its header has a place for it.

import { byId, put, secondOf, text } from "./page.js";

// For `follow` of live.js, on pages that begin anew when somebody has to log in again.
export function link(state, sinceMs) {
  const place = byId("link");
  place.dataset.state = state;
  put(place, state === "stale" ? text("live.stale", { time: secondOf(sinceMs) }) : text(`live.${state}`));
  document.body.classList.toggle("stale", state === "stale" || state === "ended");
  if (state === "ended") window.setTimeout(() => window.location.reload(), 3000);
}
