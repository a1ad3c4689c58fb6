// One device: its self-tests, ordered by a key each, and what became of the last ones.

import { byId, data, make, now, put, secondOf, text } from "./page.js";
import { applyTheme } from "./theme.js";

const EVERY_MS = 1000;
const day = new Intl.DateTimeFormat("sv-SE", { timeZone: data.zone, dateStyle: "short" });
const moment = (ms) => (day.format(ms) === day.format(now()) ? "" : `${day.format(ms)} `) + secondOf(ms);
let shown = "";
let names = {}; // of tests: kept when the device goes away

function stateOf(test) {
  if (test.ok !== null) return test.ok ? "passed" : "failed";
  return Date.parse(test.expires_at) > now() ? "running" : "silent";
}

function result(test) {
  const state = stateOf(test);
  const line = make("li", `result ${state}`);
  line.append(make("b", "", text(`device.${state}`)), " ", make("span", "", names[test.test] ?? test.test));
  line.append(" ", make("small", "soft", `${moment(Date.parse(test.ordered_at))} · ${test.ordered_by}`));
  if (test.text) line.append(make("p", "", test.text));
  if (test.picture) {
    const picture = make("img", "picture");
    picture.src = `${data.api}/${encodeURIComponent(test.id)}/picture`;
    picture.alt = text("device.picture");
    line.append(picture);
  }
  return line;
}

function key([name, does]) {
  const made = make("button", "main", does);
  made.type = "button";
  made.addEventListener("click", () => order(name));
  return made;
}

function show(told) {
  const said = JSON.stringify([told, told.tests.map(stateOf)]);
  if (said === shown) return;
  shown = said;
  names = { ...names, ...told.offered };
  const offered = Object.entries(told.offered);
  const keys = byId("offered");
  const focused = [...keys.children].indexOf(document.activeElement);
  keys.replaceChildren(...offered.map(key));
  if (focused >= 0) keys.children[focused]?.focus();
  put(byId("hint"), text(offered.length ? "device.hint" : "device.none"));
  byId("results").replaceChildren(...told.tests.map(result));
}

async function ask(options) {
  const answer = await fetch(data.api, { headers: { accept: "application/json", "content-type": "application/json" }, ...options });
  if (answer.status === 401) window.location.reload();
  return answer;
}

async function order(test) {
  put(byId("answer"), "");
  try {
    const answer = await ask({ method: "POST", body: JSON.stringify({ test }) });
    const told = await answer.json();
    if (!answer.ok) put(byId("answer"), data.language === "en" ? told.detail_en : told.detail_zh);
  } catch {
    put(byId("answer"), text("device.no_answer"));
  }
  await look();
}

async function look() {
  try {
    const answer = await ask({});
    if (answer.ok) show(await answer.json());
  } catch {
    put(byId("answer"), text("device.no_answer"));
  }
}

for (const time of document.querySelectorAll("time[data-at]")) put(time, moment(Number(time.dataset.at)));
applyTheme();
look();
window.setInterval(look, EVERY_MS);
