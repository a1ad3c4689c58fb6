// A dashboard: each panel asks for itself, so that a slow one holds no other; live ones follow the page's stream.

import { byId, data, everySecond, make, now, put, secondOf, text } from "./page.js";
import { link } from "./link.js";
import { follow } from "./live.js";
import { offerTheme } from "./theme.js";
import { annotations, answerOf } from "./dash_ask.js";
import { draw } from "./dash_draw.js";
import { drawLine, redrawLines } from "./dash_line.js";
import { drawNow } from "./dash_now.js";

const AT_ONCE = 4;
const AGAIN_MS = 3000;
const MOVED_MS = data.panels.some((panel) => panel.source === "now" && panel.kind === "counters") ? 10000 : 30000; // today's panels ask again at the most so often when something happened

const places = new Map(data.panels.map((panel) => [panel.ident, document.querySelector(`[data-panel="${panel.ident}"]`)]));
const asked = data.panels.filter((panel) => panel.source !== "now");
let notes = [];
let current = data.show;
let making = null; // how far the making of history is, while it goes on

function say(panel, words, again) {
  const body = places.get(panel.ident).querySelector(".body");
  const said = make("p", "state", words);
  body.replaceChildren(said);
  if (again) {
    const button = make("button", "quiet", text("dash.again"));
    button.type = "button";
    button.addEventListener("click", () => show(panel));
    body.append(button);
  }
}

async function show(panel) {
  const place = places.get(panel.ident);
  place.classList.add("asking");
  const answer = await answerOf(panel);
  place.classList.remove("asking");
  if (answer.making) {
    say(panel, text("dash.making", answer.making));
    making = answer.making;
  } else if (answer.failed) {
    if (!place.dataset.shown) say(panel, text("dash.failed", { words: answer.failed }), true);
    place.classList.add("old");
  } else {
    place.classList.remove("old");
    place.dataset.shown = "yes";
    if (answer.unread) {
      put(byId("unread"), text("dash.unread", { count: answer.unread }));
      byId("unread").hidden = false;
    }
    if (panel.kind === "line") drawLine(panel, place, answer, notes);
    else draw(panel, place, answer);
  }
}

// Not all at once: a browser has six connections to one server, and the stream has one of them. While history is being
// made, one panel asks for all.
async function showAll() {
  const rest = [...asked];
  const one = async () => {
    while (rest.length && !making) await show(rest.shift());
  };
  making = null;
  const first = rest.find((panel) => panel.source === "past");
  if (first) await show(rest.splice(rest.indexOf(first), 1)[0]);
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  if (!making) return;
  for (const panel of rest) say(panel, text("dash.making", making));
  window.setTimeout(again, AGAIN_MS);
}

let askedAt = Date.now();
let busy = false;

async function again() {
  if (busy || document.hidden) return;
  busy = true;
  askedAt = Date.now();
  try {
    await showAll();
  } finally {
    busy = false;
  }
}

let movedSince = false;

function heard(snapshot) {
  if (snapshot.day !== current.day && data.today) window.location.reload();
  movedSince ||= snapshot.moved !== current.moved;
  current = snapshot;
  drawNow(places, current);
}

function about(panel) {
  const prefix = { past: "", devices: "device:", cases: "cases:", now: "now:" }[panel.source];
  put(byId("about-title"), places.get(panel.ident).querySelector("h2").textContent);
  const words = panel.figures.flatMap((ident) => {
    const figure = data.figures[prefix + ident];
    const told = make("dd");
    told.append(make("p", "", `${text("dash.formula")} ${figure.formula}`), make("p", "soft", `${text("dash.source")} ${figure.source}`));
    return [make("dt", "", figure.name), told];
  });
  byId("about-words").replaceChildren(...words);
  byId("about").showModal();
}

for (const panel of data.panels) {
  const button = places.get(panel.ident).querySelector(".about");
  if (button) button.addEventListener("click", () => about(panel));
}

const tools = byId("tools");
tools.addEventListener("change", (event) => {
  if (event.target.name === "range" && event.target.value === "from-to") {
    tools.querySelector(".from-to").hidden = false;
    tools.querySelector('[name="first"]').focus();
  } else if (event.target.matches('select, [name="before"]')) tools.requestSubmit();
});
tools.addEventListener("submit", () => {
  // an address that is worth sharing has nothing empty in it
  const relative = tools.elements.range && tools.elements.range.value !== "from-to";
  for (const field of tools.elements) {
    const needless = relative && ["first", "last", "since", "until"].includes(field.name);
    if (field.name && (needless || !field.value || (field.name === "refresh" && field.value === "0"))) field.disabled = true;
  }
});
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.choice[open]")) if (!open.contains(event.target)) open.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details.choice[open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

offerTheme();
byId("theme").addEventListener("click", redrawLines);
drawNow(places, current);
everySecond(() => put(byId("time"), secondOf(now())));
window.setInterval(() => drawNow(places, current), 15000);
window.setInterval(() => {
  const due = data.refresh ? Date.now() - askedAt >= data.refresh * 1000 : data.today && movedSince && Date.now() - askedAt >= MOVED_MS;
  if (!due) return;
  movedSince = false;
  again();
}, 1000);
annotations().then((found) => {
  notes = found;
  redrawLines(notes);
});
again();
follow(heard, link);
