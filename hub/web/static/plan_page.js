// The plan's own page.

import { byId, data, put, secondOf, text } from "./page.js";
import { follow } from "./live.js";
import { drawPlan } from "./plan.js";
import { offerTheme } from "./theme.js";

let current = data.show;

function show(snapshot) {
  current = snapshot;
  drawPlan(byId("plan"), current);
  let away = 0;
  for (const board of document.querySelectorAll("[data-board]")) {
    board.hidden = current.seats[board.dataset.board] !== "1";
    away += board.hidden ? 0 : 1;
  }
  put(byId("away-count"), away);
  const phases = {};
  for (const one of current.counters) phases[one.phase] = (phases[one.phase] ?? 0) + 1;
  for (const place of document.querySelectorAll(".plan-legend [data-phase]")) put(place.querySelector("b"), phases[place.dataset.phase] ?? 0);
}

function link(state, sinceMs) {
  const place = byId("link");
  place.dataset.state = state;
  put(place, state === "stale" ? text("live.stale", { time: secondOf(sinceMs) }) : text(`live.${state}`));
  document.body.classList.toggle("stale", state === "stale" || state === "ended");
}

offerTheme();
show(current);
window.setInterval(() => show(current), 15000); // minutes go on
follow(show, link);
