// One floor after another, until somebody stops it or chooses one.

import { byId, text } from "./page.js";

const TURN_S = 12;
const ROW_REM = 4.6; // comfortable; the style lets it be a little less
const GAP_REM = 0.5;
const WIDE_REM = 7;
const NARROW_REM = 6.2;

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
      document.querySelector(`[data-storey="${button.dataset.floor}"]`).hidden = n !== shown;
    });
    mark();
    fit();
  }

  // As few columns as let all rows be seen: a counter that is not there is worse than a small one.
  function fit() {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    for (const desks of document.querySelectorAll(".storey:not([hidden]) .desks")) {
      const fits = (columns) => Math.ceil(desks.children.length / columns) * (ROW_REM + GAP_REM) * rem - GAP_REM * rem <= desks.clientHeight;
      const most = Math.max(1, Math.floor(desks.clientWidth / (NARROW_REM * rem)));
      let columns = Math.max(1, Math.min(most, Math.floor(desks.clientWidth / (WIDE_REM * rem))));
      while (columns < most && !fits(columns)) columns += 1;
      desks.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    }
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
  window.addEventListener("resize", fit);
  if (buttons.length) show(0);
}
