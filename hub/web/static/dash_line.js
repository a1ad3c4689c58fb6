// Curves over time, drawn by uPlot: what happened as small flags above them, and the tickets behind a point on a click.

import { data, make, now, secondOf, text } from "./page.js";
import { behind } from "./dash_ask.js";
import { rowsOf } from "./dash_draw.js";
import { figureOf, say, short } from "./dash_words.js";

const DAY_S = 86400;
const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400, 180000, 360000, 720000, 1800000, 3600000, 7200000];
const DAYS = [1, 2, 7, 14, 28, 91, 182, 364].map((days) => days * DAY_S);
const drawn = new Map(); // panel → what it was drawn from, so that it can be drawn again

const secondsOf = (day, clock = "00:00") => Date.parse(`${day}T${clock === "24:00" ? "00:00" : clock}:00Z`) / 1000 + (clock === "24:00" ? DAY_S : 0);
const atOf = (key) => (key.length === 7 ? secondsOf(`${key}-01`) : key.length === 10 ? secondsOf(key) : secondsOf(...key.split(" ")));
const keyOf = (at) => new Date(at * 1000).toISOString().slice(0, { time: 16, day: 10, month: 7 }[data.span.by]).replace("T", " ");

// All steps of the range up to now, also those without a row: a curve must not jump over a quiet hour.
function steps(rows) {
  const { span } = data;
  const keys = new Set(rows.map((row) => row.key[0]));
  const times = [...keys].map(atOf);
  const nowAt = secondsOf(...new Intl.DateTimeFormat("sv-SE", { timeZone: data.zone, dateStyle: "short", timeStyle: "short" }).format(now()).split(" "));
  const begin = span.by === "time" ? Math.min(...times) : secondsOf(span.first);
  const end = Math.min(span.by === "time" ? Math.max(...times) : secondsOf(span.last), Math.max(nowAt, ...times));
  const found = [];
  if (span.by === "month") {
    for (let at = secondsOf(`${span.first.slice(0, 7)}-01`); at <= end; ) {
      found.push(at);
      const one = new Date(at * 1000);
      at = Date.UTC(one.getUTCFullYear(), one.getUTCMonth() + 1, 1) / 1000;
    }
    return found;
  }
  const step = span.by === "day" ? DAY_S : span.step_min * 60;
  for (let at = begin; at <= end; at += step) found.push(at);
  return found;
}

export function drawLine(panel, place, answer, notes) {
  drawn.get(panel.ident)?.chart?.destroy();
  const body = place.querySelector(".body");
  if (!answer.rows.some((row) => panel.figures.some((ident) => row.values[ident] !== null))) {
    drawn.delete(panel.ident);
    body.replaceChildren(make("p", "state", text("dash.empty")));
    return;
  }
  const one = { panel, place, answer, notes, chart: null };
  drawn.set(panel.ident, one);
  place.querySelector(".numbers .scroll").replaceChildren(rowsOf(panel, answer, answer.rows));
  body.replaceChildren();
  one.chart = chartOf(one, body);
  sizes.observe(body);
}

export function redrawLines(notes) {
  for (const one of [...drawn.values()]) drawLine(one.panel, one.place, one.answer, Array.isArray(notes) ? notes : one.notes);
}

const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const one = [...drawn.values()].find(({ place }) => place.contains(target));
    if (one?.chart) one.chart.setSize(sizeOf(target));
  }
});

const LEGEND_PX = 34;
const DRAG_PX = 8;
const sizeOf = (body) => {
  const legend = body.querySelector(".u-legend")?.offsetHeight || LEGEND_PX;
  return { width: Math.max(200, body.clientWidth), height: Math.max(120, body.clientHeight - legend) };
};

function chartOf({ panel, answer, notes }, body) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const at = steps(answer.rows);
  const rows = new Map(answer.rows.map((row) => [atOf(row.key[0]), row.values]));
  const figures = panel.figures.map((ident) => figureOf(panel, ident));
  const values = panel.figures.map((ident, n) => at.map((one) => rows.get(one)?.[ident] ?? (counted(figures[n].unit) ? 0 : null)));
  const unit = figures[0].unit;
  const axis = { stroke: colour("--dim"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: `13px ${colour("--sans")}` };
  const options = {
    ...sizeOf(body),
    tzDate: (ts) => window.uPlot.tzDate(new Date(ts * 1000), "Etc/UTC"),
    padding: [16, 26, 0, 0],
    cursor: { y: false, points: { size: 8 }, sync: { key: "dash", setSeries: false }, drag: { x: true, y: false, setScale: false, dist: DRAG_PX } },
    legend: { live: true },
    scales: { x: { time: true }, y: { range: (u, low, high) => rangeOf(unit, low, high) } },
    axes: [
      { ...axis, gap: 9, space: 60, ...(data.span.by === "time" ? {} : { incrs: DAYS }), values: (u, splits, n, space, incr) => splits.map((one) => tick(one, incr)) },
      { ...axis, size: 62, ...(unit === "s" ? { incrs: SECONDS } : {}), values: (u, splits) => splits.map((one) => short(one, unit)) },
    ],
    series: [
      { label: text("dash.by_time"), value: (u, one) => (one === null ? "–" : moment(one)) },
      ...figures.map((figure, n) => ({
        label: figure.name,
        stroke: colour(`--c${n}`),
        width: 2,
        fill: n === 0 ? (u) => shade(u, colour("--c0")) : undefined,
        points: { show: at.length < 40, size: 5 },
        value: (u, one) => say(one, figure.unit),
      })),
    ],
    hooks: { setSelect: [narrower], ready: [(u) => flags(u, notes)], setSize: [(u) => flags(u, notes)], setScale: [(u) => flags(u, notes)] },
  };
  const chart = new window.uPlot(options, [at, ...values], body);
  let pressed = 0;
  chart.over.addEventListener("mousedown", (event) => {
    pressed = event.clientX;
  });
  chart.over.addEventListener("click", (event) => {
    if (Math.abs(event.clientX - pressed) > DRAG_PX) return;
    const { idx } = chart.cursor;
    const address = idx === null || idx === undefined ? null : behind(panel, panel.figures[0], answer.by, [keyOf(at[idx])]);
    if (address && chart.cursor.left >= 0) window.location.assign(address);
  });
  return chart;
}

// What was drawn over with the pointer is the page's new range of time.
function narrower(u) {
  if (u.select.width <= DRAG_PX) return;
  const from = keyAt(u.posToVal(u.select.left, "x"));
  const to = keyAt(u.posToVal(u.select.left + u.select.width, "x"));
  const query = new URLSearchParams(window.location.search);
  query.set("range", "from-to");
  for (const [name, value] of Object.entries({ first: from[0], last: to[0], since: from[1], until: to[1] })) query.set(name, value);
  if (data.span.by !== "time") ["since", "until"].forEach((name) => query.delete(name));
  const page = window.location.pathname.replace(/\/now$/, "/day"); // now has no other range
  window.location.assign(`${page}?${query}`);
}

const keyAt = (at) => new Date(Math.round(at / 60) * 60000).toISOString().slice(0, 16).split("T");

const counted = (unit) => ["tickets", "people", "items"].includes(unit);

function rangeOf(unit, low, high) {
  if (low === null || high === null || high === undefined) return [0, 1];
  if (unit === "share") return [0, high > 0.6 ? 1 : Math.max(0.1, high * 1.15)];
  if (unit === "level") return [1, 5];
  return [0, high > 0 ? high * 1.1 : 1];
}

function shade(u, colour) {
  if (!(u.bbox.height > 0)) return `${colour}22`; // it asks for its legend before it knows its size
  const fill = u.ctx.createLinearGradient(0, u.bbox.top, 0, u.bbox.top + u.bbox.height);
  fill.addColorStop(0, `${colour}55`);
  fill.addColorStop(1, `${colour}05`);
  return fill;
}

function tick(at, step) {
  const told = new Date(at * 1000).toISOString();
  if (data.span.by === "month") return told.slice(0, 7);
  if (step >= DAY_S || told.slice(11, 16) === "00:00") return told.slice(5, 10);
  return told.slice(11, 16);
}

const moment = (at) => keyOf(at);

// Settings, emergencies, closed days: a flag above the curve that says who and what when pointed at or reached by keys.
function flags(u, notes) {
  u.over.querySelectorAll(".flag").forEach((one) => one.remove());
  const local = new Intl.DateTimeFormat("sv-SE", { timeZone: data.zone, dateStyle: "short", timeStyle: "short" });
  for (const note of notes) {
    const [day, clock] = local.format(Date.parse(note.at)).split(" ");
    const left = u.valToPos(secondsOf(day, clock), "x");
    if (!(left >= 0 && left <= u.over.clientWidth)) continue;
    const flag = make("button", `flag ${note.kind}`);
    flag.type = "button";
    flag.style.left = `${left}px`;
    const told = { time: `${day} ${secondOf(Date.parse(note.at))}`, what: text(`note.${note.what}`), who: note.who, detail: note.detail };
    const words = note.said ? text("dash.note_said", { ...told, said: note.said[data.language] }) : text("dash.note", told);
    flag.setAttribute("aria-label", words);
    flag.dataset.words = words;
    flag.addEventListener("click", (event) => event.stopPropagation());
    if (left > u.over.clientWidth / 2) flag.classList.add("to-left");
    u.over.append(flag);
  }
}
