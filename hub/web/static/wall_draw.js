// The wall's curves (uPlot) and dials.

import { make, text } from "./page.js";

const SVG = "http://www.w3.org/2000/svg";
const AROUND = 2 * Math.PI * 42;
const charts = new Map();

function svg(tag, attributes, words = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = words;
  return made;
}

export function dial(name, share, said, title) {
  const picture = svg("svg", { viewBox: "0 0 100 100", role: "img", "aria-label": `${title} ${said}` });
  picture.append(svg("circle", { cx: 50, cy: 50, r: 42, class: "track" }));
  if (share) picture.append(svg("circle", { cx: 50, cy: 50, r: 42, class: "filled", "stroke-dasharray": `${Math.min(1, share) * AROUND} ${2 * AROUND}` }));
  picture.append(svg("text", { x: 50, y: 57.5 }, said));
  const made = make("div");
  made.dataset.dial = name;
  made.append(picture, make("p", "", title));
  return made;
}

const clock = (minute) => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;

// `series`: [name, values, colour's name]; `at`: minutes of the day.
export function curve(place, at, series, unit) {
  charts.get(place)?.destroy();
  charts.delete(place);
  place.replaceChildren();
  if (at.length < 2) return void place.append(make("p", "none", text("wall.nothing_yet")));
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const rem = parseFloat(style.fontSize);
  const axis = { stroke: "#a3bbe6", grid: { stroke: "rgba(104, 158, 255, .13)", width: 1 }, ticks: { show: false }, font: `${Math.round(rem * 1.0)}px sans-serif`, gap: 4 };
  const options = {
    width: place.clientWidth,
    height: Math.max(80, place.clientHeight - rem * 1.9),
    padding: [rem * 0.6, rem * 0.8, 0, 0],
    cursor: { show: false },
    legend: { live: false },
    scales: { x: { time: false }, y: { range: (u, low, high) => [0, Math.max(high ?? 0, 1) * 1.15] } },
    axes: [
      { ...axis, gap: rem * 0.6, size: rem * 2.2, incrs: [60, 120, 180, 240], values: (u, splits) => splits.map(clock) },
      { ...axis, size: rem * 3.4, ...(unit === "s" ? { incrs: [60, 120, 300, 600, 900, 1800, 3600] } : { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500] }),
        values: (u, splits) => splits.map((one) => (unit === "s" ? text("unit.short", { count: one / 60 }) : one)) },
    ],
    series: [
      {},
      ...series.map(([label, , name]) => ({ label, stroke: colour(name), width: Math.max(2, rem / 6), points: { show: false }, spanGaps: true, paths: window.uPlot.paths.spline(), fill: (u) => shade(u, colour(name)) })),
    ],
  };
  charts.set(place, new window.uPlot(options, [at, ...series.map(([, values]) => values)], place));
}

function shade(u, colour) {
  if (!(u.bbox.height > 0)) return `${colour}33`;
  const fill = u.ctx.createLinearGradient(0, u.bbox.top, 0, u.bbox.top + u.bbox.height);
  fill.addColorStop(0, `${colour}44`);
  fill.addColorStop(1, `${colour}00`);
  return fill;
}
