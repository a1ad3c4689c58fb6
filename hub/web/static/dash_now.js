// Panels that show now: filled from the page's stream.

import { data, make, minutesSince, now, put, text } from "./page.js";
import { labelOf, say } from "./dash_words.js";
import { plan } from "./plan_panel.js";

const BEHIND = { taken: "behind/taken?range=today", ended: "behind/served?range=today", unread: "unread" };
const PHASES = ["called", "serving", "idle", "paused", "closed"];

export function drawNow(places, show) {
  for (const panel of data.panels.filter((one) => one.source === "now")) {
    const body = places.get(panel.ident).querySelector(".body");
    const fill = { stat, counters, waiting, warnings, plan }[panel.kind];
    fill(body, show, panel);
  }
}

function valueOf(show, ident) {
  const all = show.figures;
  if (ident === "longest") return all.longest_since ? Math.max(0, (now() - all.longest_since) / 1000) : null;
  return all[ident];
}

function stat(body, show, panel) {
  const [ident] = panel.figures;
  const { unit } = data.figures[`now:${ident}`];
  const of = { online: show.figures.positions, counters_open: show.figures.counters }[ident];
  if (!body.querySelector(".big")) {
    const made = make("div", "big");
    const behind = BEHIND[ident];
    const value = make(behind ? "a" : "span", "value");
    if (behind) value.href = `/dash/${data.hall}/${behind}`;
    made.append(value, make("span", "of"));
    body.replaceChildren(made);
  }
  put(body.querySelector(".value"), say(valueOf(show, ident), unit));
  put(body.querySelector(".of"), of === undefined ? "" : `/ ${of}`);
}

function counters(body, show) {
  if (!body.querySelector(".tiles")) body.replaceChildren(legend(), tiles(show));
  for (const counter of show.counters) {
    const tile = body.querySelector(`[data-counter="${CSS.escape(counter.id)}"]`);
    if (!tile) continue;
    tile.dataset.phase = counter.phase;
    put(tile.querySelector(".word"), text(`phase.${counter.phase}`));
    const link = tile.querySelector(".ticket");
    if (link.textContent !== (counter.number || "")) {
      put(link, counter.number || "");
      link.href = `/dash/${data.hall}/tickets/${show.day}/${encodeURIComponent(counter.number)}`;
      link.hidden = !counter.number;
    }
    put(tile.querySelector(".minutes"), counter.since && counter.clerk ? text("unit.short", { count: minutesSince(counter.since) }) : "");
  }
}

function legend() {
  const made = make("p", "legend");
  for (const phase of PHASES) {
    const one = make("span", "", text(`phase.${phase}`));
    one.dataset.phase = phase;
    made.append(one);
  }
  return made;
}

function tiles(show) {
  const made = make("ul", "tiles");
  for (const counter of show.counters) {
    const tile = make("li", "tile");
    tile.dataset.counter = counter.id;
    tile.title = labelOf("counter", counter.id);
    tile.append(make("b", "id", counter.id), make("span", "minutes"), make("a", "ticket"), make("span", "word"));
    made.append(tile);
  }
  return made;
}

function waiting(body, show) {
  const most = Math.max(10, ...show.lines.map((line) => line.count));
  if (!body.querySelector(".rows")) {
    const list = make("ul", "rows");
    for (const line of show.lines) {
      const item = make("li");
      item.dataset.letter = line.letter;
      const bar = make("span", "bar");
      bar.append(make("i"));
      item.append(make("span", "name", labelOf("service", line.letter)), bar, make("span", "count"));
      list.append(item);
    }
    body.replaceChildren(list);
  }
  for (const line of show.lines) {
    const item = body.querySelector(`[data-letter="${line.letter}"]`);
    item.querySelector("i").style.width = `${(100 * line.count) / most}%`;
    const longest = line.since ? text("unit.short", { count: minutesSince(line.since) }) : "";
    put(item.querySelector(".count"), [line.count, longest].filter((one) => one !== "").join(" · "));
    item.classList.toggle("none", line.count === 0);
  }
}

function warnings(body, show) {
  const rows = show.warnings.map((one) => make("li", "", one.text));
  const list = make("ul", "alerts");
  list.append(...(rows.length ? rows : [make("li", "fine", text("monitor.warnings_none"))]));
  body.replaceChildren(list);
}
