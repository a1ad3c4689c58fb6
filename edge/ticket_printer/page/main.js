// The page of a ticket machine: what the agent says comes first, then where this citizen is among the screens.

import { Agent } from "./agent.js";
import * as choosing from "./choosing.js";
import { h } from "./dom.js";
import * as finding from "./finding.js";
import * as frame from "./frame.js";
import { services } from "./hall.js";
import * as taking from "./taking.js";
import { listen } from "./wedge.js";
import { text } from "./words.js";

const IDLE_MS = 30_000;
const HEARD_MS = 6_000; // a touch that changed nothing by then was not heard
const SCREENS = { ...choosing.screens, ...finding.screens, ...taking.screens };
const asked = new URLSearchParams(location.search); // a kiosk's own start: ?start=guide&low&elder&language=en

const start = () => ({ screen: SCREENS[asked.get("start")] ? asked.get("start") : "home" });
const usual = () => ({
  language: asked.get("language") === "en" ? "en" : "zh",
  elder: asked.has("elder"),
  low: asked.has("low"),
});
const fresh = () => ({ ...start(), centre: "", letter: "", more: [], priority: "", voice: false, typed: "" });

// What every screen is given.
const page = {
  here: fresh(), // where this citizen is, and what was chosen so far
  trail: [], // the screens before, for "back"
  looks: usual(),
  sent: null, // a touch that the agent has not answered yet
  unheard: false,
  t: (key, values) => text(page.looks.language, key, values),
  go(change) {
    page.trail.push({ ...page.here });
    set(change);
  },
  set,
  back(keep = {}) {
    page.here = { ...(page.trail.pop() || fresh()), ...keep };
    draw();
  },
  home() {
    Object.assign(page, { here: fresh(), trail: [], unheard: false });
    draw();
  },
  look(change) {
    Object.assign(page.looks, change);
    draw();
  },
  touch,
};
const agent = new Agent(changed);
let lastInput = Date.now();
let presses = 0;
let pressing = 0; // which press is on; 0: no finger is down
let drawn = ""; // the screen that is shown

function set(change) {
  Object.assign(page.here, change);
  draw();
}

async function touch(what) {
  if (what.do === "choose" || what.do === "code") {
    page.sent = { said: agent.state?.said, at: Date.now() };
    draw();
  }
  const taken = await agent.touch(what);
  if (!taken) Object.assign(page, { sent: null, unheard: true });
  draw();
}

// The agent has news: what was sent is answered when it shows.
function changed() {
  const before = page.state;
  page.state = agent.state && { ...agent.state, services: services(agent.state.view) };
  const now = page.state;
  if (now && page.sent && (now.doing !== "idle" || now.ticket || now.said !== page.sent.said)) page.sent = null;
  if (before?.ticket && !now.ticket) reset();
  draw();
}

function reset() {
  Object.assign(page, { here: fresh(), trail: [], looks: usual(), sent: null, unheard: false });
}

function screen() {
  const state = page.state;
  if (!agent.alive) return "stale";
  if (state?.pairing) return "pairing";
  if (!state?.view) return "starting";
  if (state.doing === "card") return "card";
  if (state.ticket && state.outcome !== "failed") return "ticket";
  if (state.doing !== "idle" || page.sent) return "working";
  if (state.words || page.unheard) return "words";
  if (page.here.letter && !page.state.services.some((one) => one.letter === page.here.letter)) page.here = fresh();
  return page.here.screen;
}

// Draws everything anew, but never under a finger: the click would be lost.
function draw() {
  if (pressing) return;
  const name = screen();
  const { dataset, selectionStart: caret } = document.activeElement || {};
  const scrolled = name === drawn ? document.querySelector(".paged .scroll")?.scrollTop : 0;
  document.documentElement.lang = page.looks.language === "en" ? "en" : "zh-CN";
  document.body.className = [page.looks.elder && "elder", page.looks.low && "low", page.state?.here && "here-now", `at-${name}`].filter(Boolean).join(" ");
  document.title = page.t("take");
  const shown = SCREENS[name](page);
  document.querySelector("#head").replaceChildren(...frame.head(page));
  frame.notices(page, document.querySelector("#notices"), agent.alive);
  document.querySelector("#screen").replaceChildren(h("div", { class: "screen" }, shown));
  document.querySelector("#bar").replaceChildren(...frame.bar(page, name));
  document.querySelector("#bar").setAttribute("aria-label", page.t("bar"));
  frame.fit(scrolled);
  focus(name, dataset?.key, caret);
  drawn = name;
}

// Keeps the keyboard where it was; on a new screen it starts at the title, which is then read out.
function focus(name, key, caret) {
  const same = key && document.querySelector(`[data-key="${CSS.escape(key)}"]:not(:disabled)`);
  const field = document.querySelector("#screen input");
  const place = field === same ? caret : field?.value.length; // a field that is put in anew has its caret in front
  field?.setSelectionRange(place, place);
  if (same && name === drawn) same.focus({ preventScroll: true });
  else if (name !== drawn) (document.querySelector("[data-first]") || document.querySelector("h1"))?.focus();
}

function idle() {
  const state = page.state;
  const shows = state && (state.ticket || state.words || state.doing !== "idle");
  if (page.sent && Date.now() - page.sent.at > HEARD_MS) {
    Object.assign(page, { sent: null, unheard: true });
    draw();
  }
  if (!shows && Date.now() - lastInput > IDLE_MS) {
    lastInput = Date.now();
    reset();
    draw();
  }
  frame.tick(page);
}

// After a finger went up comes its click, if it is one; then what came meanwhile can be drawn.
function release() {
  const press = pressing;
  setTimeout(() => {
    if (press !== pressing) return; // another finger is down
    pressing = 0;
    draw();
  });
}

for (const kind of ["pointerdown", "keydown", "input"])
  document.addEventListener(kind, () => (lastInput = Date.now()), { capture: true, passive: true });
document.addEventListener("pointerdown", () => (pressing = ++presses));
document.addEventListener("click", () => (pressing = 0), true);
document.addEventListener("pointerup", release);
document.addEventListener("pointercancel", release);
document.addEventListener("contextmenu", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && screen() === page.here.screen) page.back();
  else if (event.key === "Escape") touch({ do: "back" });
});
listen((code) => touch({ do: "code", code }));
setInterval(idle, 1000);
draw();
