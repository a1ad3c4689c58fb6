// One floor after another, until somebody stops it or chooses one.

import { byId, text } from "./page.js";

const TURN_S = 12;

export function turnFloors() {
  const buttons = [...document.querySelectorAll("[data-floor]")];
  const pause = byId("pause");
  let shown = 0;
  let passed = 0;
  let stopped = buttons.length < 2 || window.matchMedia("(max-width: 800px)").matches;

  function show(number) {
    shown = number;
    passed = 0;
    buttons.forEach((button, n) => {
      button.setAttribute("aria-pressed", n === shown);
      const storey = document.querySelector(`[data-storey="${button.dataset.floor}"]`);
      if (storey) storey.hidden = n !== shown;
    });
    mark();
  }

  function mark() {
    buttons.forEach((button, n) => {
      button.querySelector("i").style.width = n === shown && !stopped ? `${(100 * passed) / TURN_S}%` : "0";
    });
  }

  function stop(now) {
    stopped = now;
    pause.setAttribute("aria-pressed", stopped);
    pause.textContent = text(stopped ? "wall.turn" : "wall.pause");
    mark();
  }

  buttons.forEach((button, n) => button.addEventListener("click", () => {
    show(n);
    if (pause) stop(true);
  }));
  pause?.addEventListener("click", () => stop(!stopped));
  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) show((shown + step + buttons.length) % buttons.length);
  });
  window.setInterval(() => {
    if (stopped || document.hidden) return;
    passed += 1;
    if (passed > TURN_S) show((shown + 1) % buttons.length);
    else mark();
  }, 1000);
  document.addEventListener("plan-drawn", () => show(shown));
  if (buttons.length) show(0);
}
