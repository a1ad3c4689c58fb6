// The software caller. A press is sent once: lost answers are asked for again under the same Idempotency-Key.

import { byId, data, elapsed, everySecond, make, minutesSince, now, put, secondOf, text, timeOf } from "./page.js";
import { follow } from "./live.js";

const AGAIN_MS = [300, 700, 1500, 3000];
const PRESS_MS = 10000; // a press older than this is not sent again: it made sense only then
const ANSWER_MS = 4000;
const SHORTCUTS = "tingxu-shortcuts";

let current = data.show;
let pressing = false;

// Showing.

function show(snapshot) {
  current = snapshot;
  const ticket = current.ticket;
  byId("ticket").dataset.phase = current.phase;
  put(byId("phase"), text(`phase.${current.phase}`));
  put(byId("number"), ticket ? ticket.number : text("counter.none"));
  byId("number").classList.toggle("none", !ticket);
  put(byId("service"), ticket ? ticket.service : hint());
  put(byId("since"), since());
  put(byId("why"), ticket?.why ?? "");
  byId("why-line").classList.toggle("none", !ticket?.why);
  put(byId("clerk"), current.clerk ? text("counter.clerk", { number: current.clerk }) : text("counter.nobody"));
  showKeys();
  showWaiting();
  showFigures();
  showHistory();
  tick();
}

function hint() {
  const key = { closed: "counter.closed_hint", paused: "counter.paused_hint" }[current.phase];
  return text(key ?? "counter.none_hint");
}

function since() {
  const at = current.ticket?.since ?? current.since;
  if (!at) return "";
  const said = text(`counter.since_${current.phase}`, { time: timeOf(at) });
  const calls = current.phase === "called" ? ` · ${text("counter.calls", { count: current.ticket.calls })}` : "";
  return said + calls;
}

function showKeys() {
  const off = { pause: current.phase === "paused", resume: current.phase !== "paused" };
  off["sign-on"] = Boolean(current.clerk);
  off["sign-off"] = !current.clerk;
  for (const button of document.querySelectorAll(".key")) {
    const verb = button.dataset.verb;
    const refusal = current.keys[verb];
    button.hidden = Boolean(off[verb]);
    button.classList.toggle("dim", Boolean(refusal));
    button.setAttribute("aria-disabled", String(Boolean(refusal)));
    button.title = refusal ?? "";
  }
  beside("return", current.parked.length ? text("counter.parked", { count: current.parked.length }) : "");
  beside("missed", current.missed.length ? text("counter.missed_count", { count: current.missed.length }) : "");
}

// A word under a key's name, in the place of its name in the other language.
function beside(verb, said) {
  const place = document.querySelector(`.key[data-verb="${verb}"] small`);
  place.dataset.own ??= place.textContent;
  put(place, said || place.dataset.own);
}

function showUndo() {
  const left = current.undo ? Math.ceil((current.undo.until - now()) / 1000) : 0;
  const key = document.querySelector('.key[data-verb="undo"]');
  key.classList.toggle("dim", left <= 0);
  key.setAttribute("aria-disabled", String(left <= 0));
  beside("undo", left > 0 ? text("counter.undo_left", { what: current.undo.what, seconds: left }) : "");
}

function showWaiting() {
  let all = 0;
  for (const line of document.querySelectorAll(".lines li")) {
    const { count, oldest } = current.waiting[line.dataset.letter];
    all += count;
    put(line.querySelector(".count"), count);
    line.classList.toggle("none", count === 0);
    put(line.querySelector(".oldest"), oldest ? text("counter.oldest", { minutes: minutesSince(oldest) }) : "");
  }
  put(byId("waiting-all"), text("counter.waiting_all", { count: all }));
}

function showFigures() {
  const { served, average_s: average, no_shows: noShows } = current.figures;
  put(byId("served"), served);
  put(byId("average"), average === null ? "–" : text("counter.minutes", { minutes: (average / 60).toFixed(1) }));
  put(byId("no-shows"), noShows);
}

function showHistory() {
  const of = current.ticket ?? current.last;
  const title = current.ticket || !of ? text("counter.history") : text("counter.history_last", { number: of.number });
  put(byId("history-title"), title);
  const items = (of?.history ?? []).map((one) => {
    const item = make("li", one.tone);
    item.append(make("time", "", secondOf(one.at)), make("span", "", one.text));
    return item;
  });
  byId("history").replaceChildren(...(items.length ? items : [make("li", "none", text("counter.history_none"))]));
}

function tick() {
  put(byId("time"), secondOf(now()));
  put(byId("running"), current.ticket ? elapsed(current.ticket.since) : "");
  showUndo();
}

// Answering.

function answer(tone, said) {
  const place = byId("answer");
  place.className = `answer ${tone}`;
  place.textContent = (tone === "refused" || tone === "unsure" ? "⚠ " : tone === "done" ? "✓ " : "") + said;
}

const label = (verb) => text(`counter.${verb}`);

// Pressing.

function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID needs HTTPS, which a hall may not have
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const pause = (ms) => new Promise((resolve) => window.setTimeout(resolve, ms));

async function send(address, body, key) {
  const stop = new AbortController();
  const timer = window.setTimeout(() => stop.abort(), ANSWER_MS);
  try {
    const sent = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", "idempotency-key": key },
      body: JSON.stringify(body),
      signal: stop.signal,
    });
    if (sent.status >= 500) return null;
    return { ok: sent.ok, status: sent.status, told: await sent.json() };
  } catch {
    return null;
  } finally {
    window.clearTimeout(timer);
  }
}

// The hub's answer, or null when none came in time.
async function insist(verb, body, address) {
  const key = freshKey();
  const begun = Date.now();
  for (let times = 0; ; times++) {
    const reply = await send(address, body, key);
    if (reply) return reply;
    if (Date.now() - begun > PRESS_MS) return null;
    answer("slow", text("counter.slow", { key: label(verb) }));
    await pause(AGAIN_MS[Math.min(times, AGAIN_MS.length - 1)]);
  }
}

function done(verb, told) {
  const { number, clerk } = told.counter ?? told.ticket;
  answer("done", text(`counter.done_${verb}`, { number, clerk }));
}

function refused(reply) {
  if (reply.status === 401) return ended();
  return answer("refused", data.language === "en" ? reply.told.detail_en : reply.told.detail_zh);
}

async function press(verb, body = {}, address = `${data.keys}/${verb}`) {
  if (pressing) return;
  pressing = true;
  const button = document.querySelector(`.key[data-verb="${verb}"]`) ?? document.querySelector('.key[data-verb="missed"]');
  button.classList.add("pressed");
  answer("sending", text("counter.sending", { key: label(verb) }));
  try {
    const reply = await insist(verb, body, address);
    if (!reply) answer("unsure", text("counter.unsure", { key: label(verb) }));
    else if (reply.ok) done(verb, reply.told);
    else refused(reply);
  } finally {
    pressing = false;
    button.classList.remove("pressed");
  }
}

// Keys that ask something first.

function ask(dialog, first, andThen) {
  const form = dialog.querySelector("form");
  form.reset();
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue && andThen(dialog.returnValue);
  dialog.showModal();
  first.focus();
}

function askWhich() {
  const number = byId("call-number");
  const reason = byId("call-reason");
  ask(byId("call-dialog"), number, () =>
    press("call", { number: number.value.trim().toUpperCase(), reason: reason.value.trim() }),
  );
}

function askWho() {
  const number = byId("sign-on-number");
  ask(byId("sign-on-dialog"), number, () => press("sign-on", { clerk: number.value.trim() }));
}

function askWhere() {
  const service = byId("transfer-service");
  const to = byId("transfer-to");
  const fitting = () => {
    const wanted = service.value || (current.ticket?.letter ?? "");
    for (const one of to.querySelectorAll("[data-services]")) one.hidden = !one.dataset.services.split(" ").includes(wanted);
    if (to.selectedOptions[0]?.hidden) to.value = "";
  };
  service.onchange = fitting;
  ask(byId("transfer-dialog"), service, () => press("transfer", { service: service.value, to: to.value }));
  fitting();
}

function askItem() {
  const service = byId("add-item-service");
  ask(byId("add-item-dialog"), service, () => press("add-item", { service: service.value }));
}

// A list of buttons, one for each ticket.
function rows(id, tickets, chosen) {
  const made = tickets.map((one) => {
    const button = make("button");
    button.type = "button";
    const place = text("counter.at", { counter: one.counter });
    button.append(make("b", "", one.number), make("small", "", one.at ? `${timeOf(one.at)} ${place}` : place));
    button.addEventListener("click", () => chosen(one.number));
    return button;
  });
  byId(id).replaceChildren(...(made.length ? made : [make("p", "soft", text("counter.nothing_here"))]));
}

function askParked() {
  if (current.parked.length === 1) return press("return", { number: current.parked[0].number });
  const dialog = byId("return-dialog");
  let number = "";
  rows("return-list", current.parked, (chosen) => {
    number = chosen;
    dialog.close("ok");
  });
  return ask(dialog, byId("return-list").firstElementChild, () => press("return", { number }));
}

function askMissed() {
  const number = byId("missed-number");
  const reason = byId("missed-reason");
  rows("missed-list", current.missed, (chosen) => (number.value = chosen));
  ask(byId("missed-dialog"), number, (verb) => {
    const address = `${data.tickets}/${encodeURIComponent(number.value.trim().toUpperCase())}/${verb}`;
    press(verb, verb === "cancel" ? { reason: reason.value.trim() } : {}, address);
  });
}

const ASK_FIRST = { call: askWhich, transfer: askWhere, "add-item": askItem, return: askParked, missed: askMissed };

function use(verb) {
  const refusal = current.keys[verb];
  if (verb in ASK_FIRST && !refusal) ASK_FIRST[verb]();
  else if (verb in ASK_FIRST) answer("refused", refusal);
  else if (verb === "sign-on" && !data.own_number && !current.keys["sign-on"]) askWho();
  else press(verb);
}

// Shortcuts can be switched off: single letters get in the way of speech input and screen readers.

let shortcuts = localStorage.getItem(SHORTCUTS) !== "off";

function showShortcuts() {
  const button = byId("shortcuts");
  button.setAttribute("aria-pressed", String(shortcuts));
  put(button, text(shortcuts ? "counter.shortcuts_on" : "counter.shortcuts_off"));
  document.body.classList.toggle("no-shortcuts", !shortcuts);
}

function typed(event) {
  const writing = event.target.closest("input, textarea, select, dialog");
  if (!shortcuts || writing || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  const pressed = event.key.toUpperCase();
  const button = [...document.querySelectorAll(".key")].find(
    (one) => !one.hidden && one.getAttribute("aria-keyshortcuts") === pressed,
  );
  if (!button) return;
  event.preventDefault();
  use(button.dataset.verb);
}

// The connection.

function ended() {
  link("ended");
  window.setTimeout(() => window.location.reload(), 3000); // which leads to the log-in
}

function link(state, sinceMs) {
  const place = byId("link");
  place.dataset.state = state;
  put(place, state === "stale" ? text("live.stale", { time: secondOf(sinceMs) }) : text(`live.${state}`));
  if (state === "ended") answer("refused", text("live.ended"));
}

document.addEventListener("keydown", typed);
for (const button of document.querySelectorAll(".key")) {
  button.addEventListener("click", () => use(button.dataset.verb));
}
for (const button of document.querySelectorAll("dialog .dismiss")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
byId("shortcuts").addEventListener("click", () => {
  shortcuts = !shortcuts;
  localStorage.setItem(SHORTCUTS, shortcuts ? "on" : "off");
  showShortcuts();
});
showShortcuts();
show(current);
everySecond(tick);
window.setInterval(showWaiting, 20000);
follow(show, (state, sinceMs) => (state === "ended" ? ended() : link(state, sinceMs)));
