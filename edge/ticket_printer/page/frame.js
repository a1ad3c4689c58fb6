// What stands around every screen: hall and clock, what is wrong, the keys at the bottom, paging.

import { button, h, icon } from "./dom.js";
import { named, trouble } from "./hall.js";
import { moment } from "./words.js";

const LASTING = ["stale", "starting", "pairing", "working", "card", "ticket", "words"]; // there is nowhere to go from these

export function head(page) {
  const view = page.state?.view;
  const hall = { name: view?.hall_name || "排队取号", english: view?.hall_english || "Tickets" };
  const other = page.looks.language === "en" ? hall.name : hall.english;
  return [
    h("div", { class: "hall" }, h("strong", {}, named(page, hall)), h("span", { class: "beside" }, other)),
    h("div", { class: "clock", "aria-hidden": "true" }, ...clock(page)),
  ];
}

export function tick(page) {
  document.querySelector(".clock")?.replaceChildren(...clock(page));
}

// None where this board's clock is not at the hall's date: it has no battery, and was not put right yet.
function clock(page) {
  const now = new Date();
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0"));
  if (day.join("-") !== page.state?.view?.day) return [];
  const [time, date] = moment(page.looks.language, now);
  return [h("strong", {}, time), h("span", { class: "beside" }, date)];
}

// What is wrong is said at once, and read out when it changes.
export function notices(page, place, alive) {
  const wrong = trouble(page.state);
  const lines = [];
  if (alive && wrong) lines.push(["warn", page.t(`printer.${wrong}`)]);
  if (alive && page.state?.view && !page.state.online) lines.push(["away", page.t("offline")]);
  if (place.dataset.shown === JSON.stringify(lines)) return;
  place.dataset.shown = JSON.stringify(lines);
  place.replaceChildren(...lines.map(([kind, words]) => h("p", { class: `notice ${kind}` }, icon(kind), words)));
}

export function bar(page, name) {
  const { elder, low } = page.looks;
  const moves = !LASTING.includes(name);
  const here = page.trail.length > 0 && moves;
  return [
    here && button("tool", "back", () => page.back(), icon("back"), page.t("bar.back")),
    here && !elder && page.trail.length > 1 && button("tool", "home", () => page.home(), icon("home"), page.t("bar.home")),
    h("span", { class: "gap" }),
    look(page, "elder", elder ? "bar.plain" : "bar.elder", { elder: !elder }),
    look(page, "low", low ? "bar.high" : "bar.low", { low: !low }),
    look(page, "language", "bar.language", { language: page.looks.language === "en" ? "zh" : "en" }),
  ].filter(Boolean);
}

function look(page, key, words, change) {
  return button("tool look", key, () => page.look(change), page.t(words));
}

// A list that may be longer than its place, with keys to page through it: not everybody thinks of wiping.
export function paged(page, ...children) {
  const list = h("div", { class: "scroll" }, ...children);
  const by = (direction) => list.scrollBy({ top: direction * list.clientHeight * 0.85, behavior: "smooth" });
  const up = button("pager", "page-up", () => by(-1), icon("up"), page.t("page.up"));
  const down = button("pager", "page-down", () => by(1), icon("down"), page.t("page.down"));
  list.addEventListener("scroll", () => ends(list, up, down), { passive: true });
  return h("div", { class: "paged" }, list, h("div", { class: "pagers", hidden: true }, up, down));
}

// After drawing: paging keys only where there is something to page.
export function fit(scrolled) {
  for (const place of document.querySelectorAll(".paged")) {
    const [list, pagers] = place.children;
    pagers.hidden = list.scrollHeight <= list.clientHeight + 8;
    list.scrollTop = scrolled || 0;
    ends(list, ...pagers.children);
  }
}

function ends(list, up, down) {
  up.disabled = list.scrollTop < 4;
  down.disabled = list.scrollTop + list.clientHeight > list.scrollHeight - 4;
}
