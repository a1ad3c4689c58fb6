// The monitor's panels, filled from one snapshot; what runs with time is counted here.

import { byId, data, everySecond, make, minutesSince, now, put, secondOf, text, timeOf } from "./page.js";
import { link } from "./link.js";
import { follow } from "./live.js";
import { offerTheme } from "./theme.js";

let current = data.show;

function figure(name, value, of) {
  const place = document.querySelector(`.stat[data-figure="${name}"]`);
  put(place.querySelector(".value"), value);
  put(place.querySelector(".of"), of === undefined ? "" : text("monitor.of", { count: of }));
  return place;
}

function lasting(minutes) {
  if (minutes < 60) return text("unit.minutes", { count: minutes });
  return text("unit.hours", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

function showFigures() {
  const all = current.figures;
  for (const name of ["taken", "waiting", "serving", "ended", "no_show", "rated"]) figure(name, all[name]);
  figure("level", all.level === null ? "–" : all.level.toFixed(2), all.level === null ? undefined : 5);
  figure("counters_open", all.counters_open, all.counters);
  const online = figure("online", all.online, all.positions);
  online.classList.toggle("warn", all.online < all.positions);
  figure("longest", all.longest_since ? lasting(minutesSince(all.longest_since)) : "–");
}

function showCounters() {
  for (const counter of current.counters) {
    const tile = document.querySelector(`.tile[data-counter="${CSS.escape(counter.id)}"]`);
    tile.dataset.phase = counter.phase;
    put(tile.querySelector(".word span"), text(`phase.${counter.phase}`));
    put(tile.querySelector(".ticket"), counter.number || "");
    put(tile.querySelector(".clerk"), counter.clerk);
  }
  showMinutes();
}

function showMinutes() {
  for (const counter of current.counters) {
    const place = document.querySelector(`.tile[data-counter="${CSS.escape(counter.id)}"] .minutes`);
    put(place, counter.since && counter.clerk ? text("unit.short", { count: minutesSince(counter.since) }) : "");
  }
}

function bar(line, value, most, said) {
  line.querySelector(".bar i").style.width = `${most ? Math.round((100 * value) / most) : 0}%`;
  put(line.querySelector(".count"), said);
}

function showWaiting() {
  const most = Math.max(10, ...Object.values(current.waiting));
  for (const line of document.querySelectorAll(".services li")) {
    const count = current.waiting[line.dataset.letter];
    bar(line, count, most, count);
    line.classList.toggle("none", count === 0);
  }
}

function showDevices() {
  for (const { kind, online, expected } of current.devices) {
    const line = document.querySelector(`.devices [data-kind="${kind}"]`);
    bar(line, online, expected, `${online === expected ? "✓" : "⚠"} ${online}/${expected}`);
    line.classList.toggle("warn", online < expected);
  }
  const { count, listed } = current.offline;
  put(byId("offline-count"), count);
  const rows = listed.map((one) => {
    const seen = one.seen ? text("monitor.seen", { time: timeOf(one.seen) }) : text("monitor.never");
    return entry("bad", one.position, one.where, seen);
  });
  if (count > listed.length) rows.push(make("li", "soft", text("monitor.more", { count: count - listed.length })));
  fill("offline", rows, "monitor.offline_none");
}

function entry(tone, first, middle, last) {
  const item = make("li", tone);
  item.append(make("b", "", first), make("span", "", middle), make("small", "", last));
  return item;
}

function fill(id, rows, nothing) {
  byId(id).replaceChildren(...(rows.length ? rows : [make("li", "soft", text(nothing))]));
}

function showEvents() {
  const rows = current.events.map((event) => {
    const item = make("li", event.tone);
    item.append(make("time", "", secondOf(event.at)), make("span", "", event.text));
    return item;
  });
  fill("events", rows, "monitor.events_none");
}

function showRefused() {
  const rows = current.refused.map((door) => {
    const codes = door.codes.map(([code, count]) => `${code} ${count}`).join(" · ");
    return entry("bad", `${door.door} ${door.count}`, codes, text("monitor.refused_last", { time: timeOf(door.last) }));
  });
  fill("refused", rows, "monitor.refused_none");
}

function showCalls() {
  const rows = current.calls.map((call) => {
    const item = make("li");
    const button = make("button", "number", call.number);
    button.type = "button";
    button.addEventListener("click", () => askWhy(call.number));
    item.append(make("time", "", timeOf(call.at)), button, make("span", "", call.why));
    return item;
  });
  fill("calls", rows, "monitor.calls_none");
}

function showWarnings() {
  put(byId("warning-count"), current.warnings.length || "");
  put(byId("alerts"), text("monitor.alerts", { count: current.alerts }));
  byId("alerts").classList.toggle("warn", current.alerts > 0);
  const rows = current.warnings.map((one) => {
    const item = make("li");
    if (one.severity) item.dataset.severity = one.severity;
    const told = make(one.page ? "a" : "span", "", one.text);
    if (one.page) told.href = one.page;
    item.append(told);
    return item;
  });
  fill("warnings", rows, "monitor.warnings_none");
}

// Why a ticket was called, or still waits, and all that happened to it.
async function askWhy(number) {
  if (!number) return;
  const answer = await fetch(`${data.why}/${encodeURIComponent(number)}?language=${data.language}`, {
    headers: { accept: "application/json" },
  });
  const told = await answer.json();
  const words = answer.ok ? told.words : [data.language === "en" ? told.detail_en : told.detail_zh];
  put(byId("why-title"), answer.ok ? `${told.number} · ${told.phase}` : number);
  byId("why-words").replaceChildren(...words.map((one) => make("li", "", one)));
  const history = (told.history ?? []).map((event) => {
    const item = make("li", event.tone);
    item.append(make("time", "", secondOf(event.at)), make("span", "", event.text));
    return item;
  });
  byId("why-history").replaceChildren(...history);
  if (!byId("why-dialog").open) byId("why-dialog").showModal();
}

byId("why-form").addEventListener("submit", (event) => {
  event.preventDefault();
  askWhy(byId("why-number").value.trim());
});

function show(snapshot) {
  current = snapshot;
  showFigures();
  showCounters();
  showWaiting();
  showDevices();
  showEvents();
  showRefused();
  showCalls();
  showWarnings();
}

offerTheme();
show(current);
everySecond(() => put(byId("time"), secondOf(now())));
window.setInterval(() => {
  showFigures();
  showMinutes();
}, 15000);
follow(show, link);
