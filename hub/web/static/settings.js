// Settings: what was edited is sent together; what the hub refuses is said at its line; undo sends the values before.

import { byId, data, put, secondOf, text } from "./page.js";

const PREVIOUS = `tingxu-settings-before:${data.api}`; // kept over the reload that follows a change
const lines = [...document.querySelectorAll(".row")];
const field = (line) => line.querySelector("input, select");

// The value that stands in a line, as JSON; text that is no JSON goes as it is, and the hub says what is wrong with it.
function read(line, written) {
  if (line.dataset.kind === "text") return written;
  try {
    return JSON.parse(written);
  } catch {
    return written;
  }
}

const edited = () => lines.filter((line) => field(line).value !== line.dataset.value);

function mark() {
  const many = edited().length;
  for (const line of lines) line.classList.toggle("edited", field(line).value !== line.dataset.value);
  put(byId("count"), many ? text("settings.edited", { count: many }) : "");
  byId("save").disabled = byId("reset").disabled = many === 0;
}

function answer(tone, said) {
  byId("answer").className = `answer ${tone}`;
  put(byId("answer"), said);
}

function clear() {
  for (const line of lines) {
    line.classList.remove("bad");
    put(line.querySelector(".wrong"), "");
  }
}

function refuse(told) {
  for (const { where, what } of told.errors ?? []) {
    const line = lines.find((one) => one.dataset.path === where);
    if (!line) continue;
    line.closest("details").open = true;
    line.classList.add("bad");
    const limits = line.dataset.limits && what.includes("it must be") ? text("settings.out_of", line.dataset) : "";
    put(line.querySelector(".wrong"), limits || what.replace(/^settings: /, ""));
  }
  document.querySelector(".row.bad")?.scrollIntoView({ block: "center" });
  answer("refused", data.language === "en" && !told.errors ? told.detail_en : told.errors ? text("settings.refused") : told.detail_zh);
}

// `before`: path → value, to undo with; null: the file's.
async function change(wanted, before) {
  clear();
  answer("", text("settings.saving"));
  try {
    const sent = await fetch(data.api, {
      method: "PATCH",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(wanted),
    });
    if (sent.status === 401) return window.location.reload();
    if (!sent.ok) return refuse(await sent.json());
    if (before) sessionStorage.setItem(PREVIOUS, JSON.stringify(before));
    else sessionStorage.removeItem(PREVIOUS);
    return window.location.reload();
  } catch {
    return answer("refused", text("settings.no_answer"));
  }
}

const wanted = (line, written) => (written === line.dataset.file ? null : read(line, written));
const collect = (chosen, value) => Object.fromEntries(chosen.map((line) => [line.dataset.path, wanted(line, value(line))]));
const before = (chosen) => collect(chosen, (line) => line.dataset.value);

byId("settings").addEventListener("submit", (event) => {
  event.preventDefault();
  const chosen = edited();
  if (chosen.length) change(collect(chosen, (line) => field(line).value), before(chosen));
});
byId("settings").addEventListener("input", mark);
byId("reset").addEventListener("click", () => {
  for (const line of lines) field(line).value = line.dataset.value;
  clear();
  mark();
});
for (const line of lines) {
  line.querySelector(".back").addEventListener("click", () => change({ [line.dataset.path]: null }, before([line])));
}
byId("find").addEventListener("input", () => {
  const sought = byId("find").value.trim().toLowerCase();
  for (const line of lines) line.hidden = !line.textContent.toLowerCase().includes(sought);
  for (const group of document.querySelectorAll(".group")) {
    group.hidden = ![...group.querySelectorAll(".row")].some((line) => !line.hidden);
    if (sought) group.open = true;
  }
});

// What is edited of a rule goes along to where it is tried.
const asTried = (line) => (line.dataset.kind === "json" ? [read(line, field(line).value)].flat().join(", ") : field(line).value);
const TRIED = ["raise_at", "clear_at", "raise_s", "clear_s", "per", "only", "open_only"];
for (const link of document.querySelectorAll("a.try")) {
  link.addEventListener("click", () => {
    const query = new URLSearchParams({ days: "7" });
    for (const line of link.closest("details").querySelectorAll(".row")) {
      const key = line.dataset.path.split(".").pop();
      if (TRIED.includes(key) && !(key === "open_only" && field(line).value !== "true")) query.set(key, asTried(line));
    }
    link.search = query;
  });
}

// A link to one group opens it.
const named = () => {
  const group = document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
  if (group?.matches("details")) group.open = true;
};
window.addEventListener("hashchange", named);
named();

for (const time of document.querySelectorAll("time[data-at]")) put(time, secondOf(Number(time.dataset.at)));
const kept = sessionStorage.getItem(PREVIOUS);
if (kept) {
  byId("undo").disabled = false;
  byId("undo").addEventListener("click", () => change(JSON.parse(kept), null));
  answer("done", text("settings.saved"));
}
mark();
