// Questions to the hub, as the page's address and a panel put them together.

import { data, now, text, timeOf } from "./page.js";

const OF_DEVICES = ["floor", "device", "position"];
const OF_PAST = ["centre", "floor", "service", "counter", "clerk"];

export const alongOf = (panel) => (panel.by.includes("along") ? data.span.by : null);

export function parameters(panel) {
  const span = data.span;
  const query = new URLSearchParams({ first: span.first, last: span.last });
  for (const figure of panel.figures) query.append("figure", figure);
  for (const by of panel.by) query.append("by", by === "along" ? span.by : by);
  query.set("step", span.step_min);
  if (panel.source === "past") {
    query.set("since", span.since);
    query.set("until", span.until);
    if (data.before && panel.kind === "stat") {
      query.set("before", "true");
      if (span.until === "24:00" && span.last === data.show.day) query.set("until", timeOf(now())); // half a day is no match for a whole one
    }
  }
  for (const name of panel.source === "past" ? OF_PAST : OF_DEVICES) for (const value of data.only[name] ?? []) query.append(name, value);
  return query;
}

const PATHS = { past: "figures", devices: "device-figures", cases: "rating-cases/measures" };

// Cases are counted by day or month, of all services or of one, of all clerks or of one.
function ofCases() {
  const query = new URLSearchParams({ first: data.span.first, last: data.span.last, by: data.span.by === "month" ? "month" : "day" });
  for (const [name, values] of Object.entries(data.only)) {
    if (!["service", "clerk"].includes(name) || values.length > 1) return null;
    query.set(name, values[0]);
  }
  return query;
}

function measured(panel, told) {
  const values = (one) => ({ ...one.counts, ...one.measures, ...(panel.by.length ? {} : told.now) }); // what waits, waits on any day
  const rows = panel.by.length ? told.periods.map((one) => ({ key: [one.label], values: values(one) })).reverse() : [{ key: [], values: values(told.total) }];
  return { rows, by: panel.by.map(() => told.by), before: null };
}

// Rows, or why there are none: `making` {done, total}, or `failed` in words.
export async function answerOf(panel) {
  const query = panel.source === "cases" ? ofCases() : parameters(panel);
  if (!query) return { failed: text("dash.cases_not_so") };
  try {
    const answer = await fetch(`/api/v1/halls/${data.hall}/${PATHS[panel.source]}?${query}`, { headers: { accept: "application/json" } });
    const told = await answer.json();
    if (answer.ok) return panel.source === "cases" ? measured(panel, told) : told;
    if (told.code === "history-not-ready") return { making: { done: told.done, total: told.total } };
    return { failed: data.language === "en" ? told.detail_en : told.detail_zh };
  } catch {
    return { failed: text("dash.no_connection") };
  }
}

export async function annotations() {
  const query = new URLSearchParams({ first: data.span.first, last: data.span.last });
  try {
    const answer = await fetch(`/api/v1/halls/${data.hall}/annotations?${query}`, { headers: { accept: "application/json" } });
    return answer.ok ? (await answer.json()).notes : [];
  } catch {
    return []; // curves say as much without them
  }
}

// Where the tickets behind a figure are, narrowed to a row's key.
export function behind(panel, figure, by, key) {
  if (panel.source === "cases") return `/cases/${data.hall}`;
  if (panel.source === "devices") return ofDevice(by, key);
  if (panel.source !== "past") return null;
  const span = { ...data.span };
  const query = new URLSearchParams();
  const only = { ...data.only };
  by.forEach((name, n) => {
    const value = key[n];
    if (name === "time") {
      const [day, clock] = value.split(" ");
      span.first = span.last = day;
      span.since = clock;
      span.until = later(clock, data.span.step_min);
    } else if (name === "day") {
      span.since = value === span.first ? span.since : "00:00";
      span.until = value === span.last ? span.until : "24:00";
      span.first = span.last = value;
    } else if (name === "month") {
      const [year, month] = value.split("-").map(Number);
      const end = `${value}-${String(new Date(Date.UTC(year, month, 0)).getUTCDate()).padStart(2, "0")}`;
      span.first = span.first > `${value}-01` ? span.first : `${value}-01`;
      span.last = span.last < end ? span.last : end;
    } else if (name === "hour" && span.first === span.last) {
      span.since = `${value}:00`;
      span.until = later(span.since, 60);
    } else if (name !== "hour" && name !== "weekday") only[name] = [value];
  });
  for (const name of ["first", "last", "since", "until"]) query.set(name, span[name]);
  for (const [name, values] of Object.entries(only)) for (const value of values) query.append(name, value);
  return `/dash/${data.hall}/behind/${figure}?${query}`;
}

// The board's own page, or this dashboard for one kind of boards.
function ofDevice(by, key) {
  const named = (name) => (by.includes(name) ? [key[by.indexOf(name)]] : data.only[name] ?? []);
  const positions = named("position");
  if (positions.length === 1) return `/monitor/${data.hall}/devices/${encodeURIComponent(positions[0])}`;
  if (!by.includes("kind")) return null;
  const query = new URLSearchParams(window.location.search);
  query.delete("device");
  query.append("device", named("kind")[0]);
  return `/dash/${data.hall}/devices?${query}`;
}

function later(clock, minutes) {
  const [hours, rest] = clock.split(":").map(Number);
  const all = Math.min(24 * 60, hours * 60 + rest + minutes);
  return `${String(Math.floor(all / 60)).padStart(2, "0")}:${String(all % 60).padStart(2, "0")}`;
}
