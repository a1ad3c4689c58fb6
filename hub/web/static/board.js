// The board: newest call on top, blinking; it keeps what it shows when the hub is away.

import { byId, data, dateOf, everySecond, make, now, put, secondOf, text } from "./page.js";
import { follow } from "./live.js";

const FRESH_MS = 8000;
const ROWS = 8;
const TICKER_REM_S = 5; // speed of the line at the bottom

const freshUntil = new Map(); // number and how often it was called → when it stops blinking
let current = null;

function key(call) {
  return `${call.number}/${call.calls}`;
}

function notice(calls) {
  for (const call of calls) {
    if (!freshUntil.has(key(call))) freshUntil.set(key(call), current ? now() + FRESH_MS : call.at + FRESH_MS);
  }
  const shown = new Set(calls.map(key));
  for (const known of freshUntil.keys()) if (!shown.has(known)) freshUntil.delete(known);
}

const isFresh = (call) => freshUntil.get(key(call)) > now();

// "3号窗口": the digits large, the words small.
function fillCounter(target, call) {
  target.replaceChildren(
    ...call.counter.split(/(\d+)/).filter(Boolean).map((part) => make(/\d/.test(part) ? "b" : "span", "", part)),
  );
}

const numberClass = (call) => (call.number.length > 4 ? "number long" : "number");

// All that blinks, blinks in step, whenever it began.
function blinkTogether(target) {
  target.style.animationDelay = `-${Date.now() % 1000}ms`;
}

function row(call) {
  const item = make("li", isFresh(call) ? "fresh" : call.phase);
  blinkTogether(item);
  const counter = make("span", "counter");
  fillCounter(counter, call);
  const arrow = make("span", "arrow", "➜");
  arrow.setAttribute("aria-hidden", "true");
  item.append(make("span", numberClass(call), call.number), arrow, counter);
  return item;
}

function render() {
  const [newest, ...earlier] = current.calls;
  const panel = byId("newest");
  panel.classList.toggle("empty", !newest);
  if (newest && isFresh(newest) && !panel.classList.contains("fresh")) blinkTogether(panel);
  if (newest) {
    put(byId("newest-number"), newest.number);
    byId("newest-number").className = numberClass(newest);
    fillCounter(byId("newest-counter"), newest);
  }
  byId("rows").replaceChildren(...earlier.slice(0, ROWS).map(row));
}

function fade() {
  const [newest, ...earlier] = current.calls;
  const fresh = Boolean(newest) && isFresh(newest);
  byId("newest").classList.toggle("fresh", fresh);
  byId("newest-now").hidden = !fresh && newest?.phase !== "called";
  byId("newest-before").hidden = !byId("newest-now").hidden;
  [...byId("rows").children].forEach((item, at) => item.classList.toggle("fresh", isFresh(earlier[at])));
}

function renderWaiting() {
  byId("waiting").replaceChildren(
    ...current.waiting.map((line) => {
      const item = make("li");
      const name = make("span", "name", line.name);
      const english = make("small", "", line.english);
      english.lang = "en";
      name.append(english);
      item.append(name, make("b", "count", line.waiting));
      return item;
    }),
  );
}

function renderTicker() {
  const ticker = byId("ticker");
  if (ticker.textContent === current.ticker) return;
  ticker.textContent = current.ticker;
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  ticker.style.animationDuration = `${Math.round((ticker.scrollWidth + window.innerWidth) / rem / TICKER_REM_S)}s`;
}

function show(snapshot) {
  const moved = JSON.stringify(snapshot.calls) !== JSON.stringify(current?.calls);
  notice(snapshot.calls);
  current = snapshot;
  if (moved) render();
  fade();
  renderWaiting();
  renderTicker();
}

function link(state, since) {
  const sign = byId("stale");
  sign.hidden = state !== "stale";
  if (state === "stale") sign.textContent = `⚠ ${text("board.stale", { time: secondOf(since) })}`;
}

function hidePointer() {
  let timer = 0;
  document.addEventListener("pointermove", () => {
    document.body.classList.add("pointed");
    window.clearTimeout(timer);
    timer = window.setTimeout(() => document.body.classList.remove("pointed"), 3000);
  });
}

show(data.show);
hidePointer();
everySecond(() => {
  const at = now();
  put(byId("time"), secondOf(at));
  put(byId("date"), dateOf(at, "zh"));
  put(byId("date-beside"), dateOf(at, "en"));
  fade();
});
follow(show, link);
