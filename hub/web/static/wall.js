// The wall: filled from one stream. Whatever fails leaves the last picture, and says so.

import { byId, data, dateOf, everySecond, make, now, put, secondOf, text, timeOf } from "./page.js";
import { follow } from "./live.js";
import { drawPlan } from "./plan.js";
import { curve, dial } from "./wall_draw.js";
import { turnFloors } from "./wall_floors.js";
import { say } from "./wall_words.js";

const KEEP_MS = 30 * 60000;
let current = data.show;

function key(name, value, of = "") {
  const place = document.querySelector(`[data-key="${name}"]`);
  put(place.querySelector(".value"), value);
  put(place.querySelector(".of"), of);
}

function showKeys() {
  const { figures, past } = current;
  for (const name of ["taken", "ended", "waiting"]) key(name, say(figures[name], ""));
  key("wait_mean", say(past.totals.wait_mean, "s"));
  key("longest", figures.longest_since ? say((now() - figures.longest_since) / 1000, "s") : "–");
  key("counters_open", figures.counters_open, `/ ${figures.counters}`);
  key("good_share", say(past.totals.good_share, "share"));
  key("online", figures.positions ? say(figures.online / figures.positions, "share") : "–");
}

function showFloors() {
  const phases = {};
  for (const one of current.counters) phases[one.phase] = (phases[one.phase] ?? 0) + 1;
  for (const place of document.querySelectorAll(".plan-legend [data-phase]")) put(place.querySelector("b"), phases[place.dataset.phase] ?? 0);
  for (const button of document.querySelectorAll("[data-floor]")) {
    const rooms = current.rooms.filter((room) => data.floors[room.area] === button.dataset.floor);
    const waiting = rooms.reduce((sum, room) => sum + room.waiting, 0);
    const open = rooms.reduce((sum, room) => sum + room.open, 0);
    const all = current.counters.filter((one) => data.floors[data.seats[one.id]] === button.dataset.floor).length;
    put(button.querySelector("span"), text("wall.floor", { waiting, open, all }));
  }
}

function showCentres() {
  const waiting = {};
  const rows = current.past.centres.map(([centre, taken, served, mean]) => {
    const line = make("tr");
    const name = make("th", "", data.labels.centre[centre] ?? centre);
    name.scope = "row";
    waiting[centre] = current.lines.filter((one) => data.centres[one.letter] === centre).reduce((sum, one) => sum + one.count, 0);
    line.append(name, ...[waiting[centre], taken, served, say(mean, "s")].map((value) => make("td", "", value ?? "–")));
    return line;
  });
  byId("centres").tBodies[0].replaceChildren(...rows);
}

function showRanking() {
  const rows = current.past.services;
  const most = Math.max(1, ...rows.map((row) => row[1]));
  byId("ranking").replaceChildren(...rows.map(([letter, served], n) => {
    const item = make("li");
    const bar = make("span", "bar");
    const fill = make("i");
    fill.style.width = `${(100 * served) / most}%`;
    bar.append(fill);
    item.append(make("span", "place", n + 1), make("span", "name", data.labels.service[letter] ?? letter), make("span", "count", served), bar);
    return item;
  }));
}

function showDials() {
  const { totals } = current.past;
  const of = (name, share, said) => dial(name, share, said, text(`wall.${name}`));
  byId("dials").replaceChildren(
    of("good_share", totals.good_share, say(totals.good_share, "share")),
    of("rated_share", totals.rated_share, say(totals.rated_share, "share")),
    of("level_mean", totals.level_mean ? totals.level_mean / 5 : null, say(totals.level_mean, "level")),
  );
}

function showDevices() {
  byId("devices").replaceChildren(...current.devices.map(({ kind, online, expected }) => {
    const item = make("li", online < expected ? "warn" : "");
    item.append(make("span", "", data.labels.kind[kind]), make("b", "", `${online < expected ? "⚠ " : ""}${online}/${expected}`));
    return item;
  }));
}

function showAlerts() {
  const told = current.warnings.map((one) => make("li", "", one.text));
  const { making, old } = current.past;
  if (making) told.push(make("li", "", text("dash.making", { done: making[0], total: making[1] })));
  else if (old) told.push(make("li", "", text("wall.old")));
  put(byId("alert-count"), told.length || "");
  byId("alerts").replaceChildren(...(told.length ? told : [make("li", "fine", text("wall.fine"))]));
}

function showCurves() {
  const { curve: points } = current.past;
  const [at, taken, served, waits] = [0, 1, 2, 3].map((n) => points.map((point) => point[n]));
  curve(byId("flow"), at, [[text("wall.taken"), taken, "--bright"], [text("wall.ended"), served, "--second"]], "");
  curve(byId("waits"), at, [[text("wall.wait_p50"), waits, "--gold"]], "s");
}

function show(snapshot) {
  if (snapshot.day !== current.day) return void window.location.reload(); // the hub is there: it has just spoken
  const past = JSON.stringify(snapshot.past) !== JSON.stringify(current.past);
  current = snapshot;
  showMoment();
  if (past) showPast();
}

function showMoment() {
  showKeys();
  drawPlan(byId("plan"), current);
  showFloors();
  showDevices();
  showAlerts();
  showCentres();
}

function showPast() {
  showRanking();
  showDials();
  showCurves();
}

function link(state, sinceMs) {
  const place = byId("link");
  place.dataset.state = state;
  put(place, state === "stale" ? text("live.stale", { time: timeOf(sinceMs) }) : text(`live.${state}`));
  document.body.classList.toggle("stale", state === "stale" || state === "ended");
}

byId("full").addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
});
showMoment();
showPast();
turnFloors();
everySecond(() => {
  put(byId("time"), secondOf(now()));
  put(byId("date"), dateOf(now(), data.language));
  showKeys();
});
let resized = 0;
window.addEventListener("resize", () => {
  window.clearTimeout(resized);
  resized = window.setTimeout(showCurves, 150);
});
window.setInterval(() => fetch("/api/v1/session").catch(() => null), KEEP_MS); // somebody who watches all day stays logged in
follow(show, link);
