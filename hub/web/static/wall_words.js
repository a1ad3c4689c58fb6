// Values in words, as short as a wall wants them.

import { text } from "./page.js";

const whole = new Intl.NumberFormat("en-GB");

export function say(value, unit) {
  if (value === null || value === undefined) return "–";
  if (unit === "share") return `${(value * 100).toFixed(1)}%`;
  if (unit === "level") return value.toFixed(2);
  if (unit !== "s") return whole.format(value);
  if (value < 60) return text("dash.seconds", { count: Math.max(0, Math.round(value)) });
  if (value < 3600) return text("unit.minutes", { count: Math.round(value / 60) });
  return text("dash.hours", { hours: Math.floor(value / 3600), minutes: String(Math.floor(value / 60) % 60).padStart(2, "0") });
}
