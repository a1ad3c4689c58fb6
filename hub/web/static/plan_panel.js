// The plan within a dashboard: one floor at a time, the one that was looked at last.

import { data } from "./page.js";
import { drawPlan } from "./plan.js";

const KEPT = `tingxu-plan-floor:${data.hall}`;
let begun = false;

export function plan(body, show) {
  const place = body.querySelector(".plan-drawn");
  if (!begun) begin(body, place);
  drawPlan(place, show);
}

function begin(body, place) {
  begun = true;
  const buttons = [...body.querySelectorAll("[data-floor]")];
  const choose = (floor) => {
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.floor === floor);
    for (const storey of place.querySelectorAll("[data-storey]")) storey.hidden = storey.dataset.storey !== floor;
    sessionStorage.setItem(KEPT, floor);
  };
  if (!buttons.length) return;
  const kept = () => buttons.find((button) => button.dataset.floor === sessionStorage.getItem(KEPT)) ?? buttons[0];
  for (const button of buttons) button.addEventListener("click", () => choose(button.dataset.floor));
  document.addEventListener("plan-drawn", () => choose(kept().dataset.floor));
  body.querySelector(".plan-floors").hidden = false;
  choose(kept().dataset.floor);
}
