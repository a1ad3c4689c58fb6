// How a device was over time: one small line for each figure, a gap where nothing was heard.

import { data, make, text } from "./page.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDE = 600;
const HIGH = 60;
const EDGE = 4;
const PAPER = { ok: 0, low: 1, out: 2 };
// name, unit, digits after the point, and the least range that is drawn: noise should not look like a mountain
const FIGURES = [
  ["connects", "", 0, 2],
  ["memory_mb", "MB", 0, 10],
  ["cpu_c", "°C", 1, 10],
  ["offset_ms", "ms", 0, 20],
  ["outbox", "", 0, 2],
  ["disk_free_mb", "MB", 0, 100],
  ["paper", "", 0, 2],
];

const valueOf = (sample, name) => (name === "paper" ? PAPER[sample.paper] ?? null : sample[name]);

export function drawHistory(place, samples, from, until, moment) {
  if (!samples.length) {
    place.replaceChildren(make("p", "soft", text("device.no_history")));
    return;
  }
  const drawn = FIGURES.map((figure) => chart(figure, samples, from, until, moment)).filter(Boolean);
  place.replaceChildren(...drawn);
}

function chart([name, unit, digits, least], samples, from, until, moment) {
  const points = samples.map((one) => ({ at: one.at, span: one.span_s, value: valueOf(one, name) })).filter((one) => one.value !== null);
  if (!points.length) return null;
  const values = points.map((one) => one.value);
  const [low, high] = ends(values, least);
  const x = (at) => ((at - from) / (until - from)) * WIDE;
  const y = (value) => HIGH - EDGE - ((value - low) / (high - low)) * (HIGH - 2 * EDGE);
  const say = (value) => (name === "paper" ? text(`device.paper_${Object.keys(PAPER)[value]}`) : `${value.toFixed(digits)} ${unit}`.trim());
  const figure = make("figure", "spark");
  const last = points[points.length - 1];
  const caption = make("figcaption", "");
  caption.append(make("b", "", text(`device.${name}`)), " ", make("span", "", say(last.value)));
  const range = `${say(Math.min(...values))} – ${say(Math.max(...values))}`;
  caption.append(" ", make("small", "soft", range));
  const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: "none", role: "img" });
  picture.setAttribute("aria-label", `${text(`device.${name}`)}: ${range}`);
  for (const part of parts(points)) {
    const line = part.map((one) => `${x(one.at).toFixed(1)},${y(one.value).toFixed(1)}`).join(" ");
    const single = part.length === 1;
    const [at, value] = [x(part[0].at), y(part[0].value)];
    picture.append(single ? svg("line", { x1: at - 1, x2: at + 1, y1: value, y2: value }) : svg("polyline", { points: line }));
  }
  const axis = make("div", "axis soft");
  axis.append(make("span", "", moment(from * 1000)), make("span", "", moment(until * 1000)));
  figure.append(caption, picture, axis);
  return figure;
}

function ends(values, least) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const missing = Math.max(0, least - (high - low)) / 2;
  return low >= 0 && low - missing < 0 ? [0, Math.max(high, least)] : [low - missing, high + missing];
}

// Where nothing was heard for three times as long as is usual there, the line has a gap.
function parts(points) {
  const found = [];
  points.forEach((one, n) => {
    const usual = Math.max(90, 3 * one.span, 3 * data.report_s);
    if (n === 0 || one.at - points[n - 1].at > usual) found.push([]);
    found[found.length - 1].push(one);
  });
  return found;
}

function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
