// One device: what it can be ordered to do, what became of it, how it was over time, and who did what to it.

import { byId, data, make, now, put, secondOf, text } from "./page.js";
import { drawHistory } from "./sparklines.js";
import { applyTheme } from "./theme.js";

const EVERY_MS = 1000;
const HISTORY_MS = 30000;
const day = new Intl.DateTimeFormat("sv-SE", { timeZone: data.zone, dateStyle: "short" });
const moment = (ms) => (day.format(ms) === day.format(now()) ? "" : `${day.format(ms)} `) + secondOf(ms);
const ACTS = [["identify", "device.identify", { seconds: 30 }], ["restart", "device.restart", {}], ["send-log", "device.log", {}]];
const CARING = ["restart", "send-log"]; // not for managers
let shown = "";
let names = {}; // of tests: kept when the device goes away
let asking = ""; // an order that wants to be confirmed

function stateOf(order) {
  if (order.ok !== null) return order.ok ? "passed" : "failed";
  return Date.parse(order.expires_at) > now() ? "running" : "silent";
}

function nameOf(order) {
  if (order.what === "self-test") return names[order.detail] ?? order.detail;
  const key = { identify: "device.identify", restart: "device.restart", "send-log": "device.log", "print-slip": "device.did_print-slip" }[order.what];
  return key ? text(key) : order.what;
}

function result(order) {
  const state = stateOf(order);
  const line = make("li", `result ${state}`);
  line.append(make("b", "", text(`device.${state}`)), " ", make("span", "", nameOf(order)));
  line.append(" ", make("small", "soft", `${moment(Date.parse(order.ordered_at))} · ${order.ordered_by}`));
  if (order.text) line.append(make("p", "", order.text));
  const path = `${data.api}/orders/${encodeURIComponent(order.id)}`;
  if (order.picture) {
    const picture = make("img", "picture");
    picture.src = `${path}/picture`;
    picture.alt = text("device.picture");
    line.append(picture);
  }
  if (order.log && data.cares) line.append(log(`${path}/log`));
  return line;
}

// Fetched when it is opened: it may be long.
function log(path) {
  const whole = make("details", "log");
  const lines = make("pre", "");
  whole.append(make("summary", "", text("device.show_log")), lines);
  whole.addEventListener("toggle", async () => {
    if (!whole.open || lines.textContent) return;
    const answer = await fetch(path);
    lines.textContent = answer.ok ? await answer.text() : text("device.no_answer");
    lines.scrollTop = lines.scrollHeight;
  });
  return whole;
}

function key(label, order, kind = "main") {
  const made = make("button", kind, label);
  made.type = "button";
  made.dataset.what = order.what;
  made.addEventListener("click", () => press(order));
  return made;
}

// Whoever starts a device anew in a full hall should have meant it.
function press(order) {
  if (order.what === "restart" && asking !== "restart") {
    asking = "restart";
    put(byId("answer"), text("device.sure"));
    return;
  }
  asking = "";
  send(order);
}

function show(told) {
  const said = JSON.stringify([told, told.orders.map(stateOf)]);
  if (said === shown) return;
  shown = said;
  names = { ...names, ...told.tests };
  const acts = told.online ? ACTS.filter(([what]) => data.cares || !CARING.includes(what)) : [];
  refill(byId("acts"), acts.map(([what, label, more]) => key(text(label), { what, ...more })));
  refill(byId("offered"), Object.entries(told.tests).map(([test, does]) => key(does, { what: "self-test", test }, "quiet-key")));
  put(byId("hint"), text(told.online ? "device.hint" : "device.none"));
  const open = [...document.querySelectorAll("#results details[open]")].length;
  if (!open) byId("results").replaceChildren(...told.orders.map(result));
  else shown = ""; // somebody reads: what is new comes when that is closed
}

function refill(place, keys) {
  const focused = [...place.children].indexOf(document.activeElement);
  place.replaceChildren(...keys);
  if (focused >= 0) place.children[focused]?.focus();
}

async function ask(path, options = {}) {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const answer = await fetch(`${data.api}/${path}`, { headers, ...options });
  if (answer.status === 401) window.location.reload();
  return answer;
}

async function send(order) {
  put(byId("answer"), "");
  try {
    const answer = await ask("orders", { method: "POST", body: JSON.stringify(order) });
    const told = await answer.json();
    if (!answer.ok) put(byId("answer"), data.language === "en" ? told.detail_en : told.detail_zh);
  } catch {
    put(byId("answer"), text("device.no_answer"));
  }
  await look();
  await lookBack();
}

async function look() {
  try {
    const answer = await ask("orders");
    if (answer.ok) show(await answer.json());
  } catch {
    put(byId("answer"), text("device.no_answer"));
  }
}

async function lookBack() {
  try {
    const hours = byId("hours").value;
    const [history, audit] = await Promise.all([ask(`history?hours=${hours}`), ask("audit")]);
    if (history.ok) {
      const told = await history.json();
      drawHistory(byId("charts"), told.samples, now() / 1000 - hours * 3600, now() / 1000, moment);
      byId("changes").replaceChildren(...told.changes.map(change));
    }
    if (audit.ok) byId("audit").replaceChildren(...(await audit.json()).notes.map(note));
    byId("no-audit").hidden = byId("audit").children.length > 0;
  } catch {
    put(byId("answer"), text("device.no_answer"));
  }
}

function change(one) {
  const line = make("li", one.online ? "came" : "went");
  const known = `device.why_${one.why}`;
  line.append(make("time", "", moment(Date.parse(one.at))), " ");
  line.append(make("b", "", text(one.online ? "device.came" : "device.went")), " ");
  line.append(make("span", "", data.texts[known] ?? one.why), " ", make("small", "soft code", one.device));
  return line;
}

function note(one) {
  const line = make("li", "");
  const known = `device.did_${one.what}`;
  const what = data.texts[known] ?? one.what;
  const told = one.detail.split(" · ").map((part) => data.texts[`state.${part}`] ?? part).join(" · ");
  const detail = one.what === "self-test" ? names[one.detail] ?? told : told;
  line.append(make("time", "", moment(Date.parse(one.at))), " ", make("b", "", one.who), " ");
  line.append(make("span", "", [what, detail].filter(Boolean).join(" · ")), " ", make("small", "soft code", one.device));
  return line;
}

for (const time of document.querySelectorAll("time[data-at]")) put(time, moment(Number(time.dataset.at)));
applyTheme();
byId("hours").addEventListener("change", lookBack);
look().then(lookBack);
window.setInterval(look, EVERY_MS);
window.setInterval(lookBack, HISTORY_MS);
