// Values, keys and figures in words.

import { data, text } from "./page.js";

export const figureOf = (panel, ident) => data.figures[{ past: "", devices: "device:", cases: "cases:", now: "now:" }[panel.source] + ident];

export const labelOf = (by, value) => (value === "" ? text("dash.none") : data.labels[by]?.[value] ?? value);

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

function lasting(seconds) {
  const all = Math.round(Math.abs(seconds));
  if (all < 60) return text("dash.seconds", { count: all });
  if (all < 3600) return text("dash.minutes", { minutes: Math.floor(all / 60), seconds: String(all % 60).padStart(2, "0") });
  return text("dash.hours", { hours: whole.format(Math.floor(all / 3600)), minutes: String(Math.floor(all / 60) % 60).padStart(2, "0") });
}

export function say(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "share") return `${(value * 100).toFixed(1)}%`;
  if (unit === "s") return lasting(value);
  if (unit === "level") return value.toFixed(2);
  if (unit === "ms" || unit === "°C") return `${value.toFixed(unit === "ms" ? 0 : 1)} ${unit}`;
  return Number.isInteger(value) ? whole.format(value) : value.toFixed(3);
}

// Short, for an axis.
export function short(value, unit) {
  if (unit === "share") return `${+(value * 100).toFixed(1)}%`;
  if (unit === "s") return value % 3600 === 0 && value ? text("dash.axis_h", { count: value / 3600 }) : value >= 60 ? text("dash.axis_min", { count: +(value / 60).toFixed(1) }) : text("dash.axis_s", { count: value });
  return value >= 10000 ? `${+(value / 1000).toFixed(1)}k` : String(+value.toFixed(3));
}
