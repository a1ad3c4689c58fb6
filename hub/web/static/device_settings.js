// A device's settings: what is ticked is sent as one table; what the hub refuses is said at its line.

import { byId, data, make, now, put, secondOf, text } from "./page.js";
import { applyTheme } from "./theme.js";

const EVERY_MS = 2000;
const lines = [...document.querySelectorAll(".item")];
const field = (line) => line.querySelector(".value");
const tick = (line) => line.querySelector(".is-set");
const day = new Intl.DateTimeFormat("sv-SE", { timeZone: data.zone, dateStyle: "short" });
const moment = (at) => (day.format(Date.parse(at)) === day.format(now()) ? "" : `${day.format(Date.parse(at))} `) + secondOf(Date.parse(at));
const isEdited = (line) => tick(line).checked !== Boolean(line.dataset.set) || (tick(line).checked && field(line).value !== line.dataset.value);
const edited = () => lines.filter(isEdited);
const shown = (value) => (value === undefined ? text("configuration.unset") : typeof value === "string" ? value || text("configuration.nothing") : JSON.stringify(value));

// What stands in a field; what is no JSON goes as text, and the hub says what is wrong with it.
function read(line, written = field(line).value) {
  if (line.dataset.kind === "text") return written;
  try {
    return JSON.parse(written);
  } catch {
    return written;
  }
}

const before = (line) => (line.dataset.set ? read(line, line.dataset.value) : undefined);
const after = (line) => (tick(line).checked ? read(line) : undefined);

function table() {
  const made = {};
  for (const line of lines.filter((one) => tick(one).checked)) {
    const steps = line.dataset.path.split(".");
    const name = steps.pop();
    let place = made;
    for (const step of steps) place = place[step] ??= {};
    place[name] = read(line);
  }
  return made;
}

function mark() {
  for (const line of lines) {
    line.classList.toggle("set", tick(line).checked);
    line.classList.toggle("edited", isEdited(line));
  }
  if (!byId("count")) return;
  const many = edited().length;
  put(byId("count"), many ? text("configuration.edited", { count: many }) : "");
  byId("look").disabled = byId("reset").disabled = many === 0;
}

function wrong(line, what) {
  line.closest("details").open = true;
  line.classList.add("bad");
  put(line.querySelector(".wrong"), what);
}

function clear() {
  for (const line of lines) {
    line.classList.remove("bad");
    put(line.querySelector(".wrong"), "");
  }
  put(byId("refusal"), "");
  put(byId("answer"), "");
}

// What the browser itself can tell of the limits.
function check() {
  clear();
  for (const line of lines.filter((one) => tick(one).checked)) {
    const one = field(line);
    if (one.willValidate && !one.checkValidity()) wrong(line, one.validationMessage);
    else if (line.dataset.kind === "whole" || line.dataset.kind === "number") {
      if (one.value === "") wrong(line, text("configuration.refused"));
    }
  }
  const first = document.querySelector(".item.bad");
  first?.scrollIntoView({ block: "center" });
  return !first;
}

async function send(address, method, body) {
  const answer = await fetch(address, {
    method,
    headers: { accept: "application/json", "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  if (answer.status === 401) window.location.reload();
  return [answer.ok, await answer.json()];
}

function refuse(told) {
  for (const { where, what, what_zh } of told.errors ?? []) {
    const line = lines.find((one) => where === one.dataset.path || where.startsWith(`${one.dataset.path}.`));
    if (line) wrong(line, data.language === "en" ? what : what_zh ?? what);
  }
  const said = told.errors ? text("configuration.refused") : data.language === "en" ? told.detail_en : told.detail_zh;
  if (told.errors) byId("preview").close();
  document.querySelector(".item.bad")?.scrollIntoView({ block: "center" });
  put(byId(told.errors ? "answer" : "refusal"), said);
}

const forAll = () => document.querySelector("input[name=scope]:checked")?.value === "all";
const changes = () => Object.fromEntries(edited().map((line) => [line.dataset.path, after(line) ?? null]));
let revisions = null; // as the preview of many told them

async function previewMany() {
  put(byId("many"), "");
  revisions = null;
  if (!forAll()) return;
  const [ok, told] = await send(data.many, "POST", { device_class: data.device_class, changes: changes(), preview: true });
  if (!ok) return refuse(told);
  revisions = Object.fromEntries(told.changed.map((one) => [one.position, one.revision]));
  const positions = told.changed.map((one) => one.position).join(text("configuration.comma"));
  const said = [text("configuration.many_changed", { count: told.changed.length, positions })];
  if (told.unchanged.length) said.push(text("configuration.many_unchanged", { count: told.unchanged.length }));
  put(byId("many"), said.join(text("configuration.semicolon")));
}

function preview() {
  const rows = edited().map((line) => {
    const row = make("tr", "");
    const [old, fresh] = [before(line), after(line)];
    row.append(make("td", "code", line.dataset.path), make("td", "", shown(old)), make("td", "", shown(fresh)));
    return row;
  });
  byId("changes").replaceChildren(...rows);
  const one = document.querySelector("input[name=scope][value=one]");
  if (one) one.checked = true;
  if (byId("many")) put(byId("many"), "");
  byId("preview").showModal();
}

async function done(request) {
  put(byId("refusal"), text("configuration.saving"));
  try {
    const [ok, told] = await request;
    if (ok) return window.location.reload();
    return refuse(told);
  } catch {
    return put(byId("refusal"), text("configuration.no_answer"));
  }
}

function save() {
  const why = byId("why").value;
  if (forAll()) done(send(data.many, "POST", { device_class: data.device_class, changes: changes(), revisions: revisions ?? {}, why }));
  else done(send(data.api, "PUT", { revision: data.settings.revision, device: table(), why }));
}

function back(to) {
  const why = to ? text("configuration.back_why", { revision: to }) : text("configuration.back_file");
  done(send(`${data.api}/return`, "POST", { revision: data.settings.revision, to, why }));
}

function named(item) {
  return { agent: text("configuration.of_agent"), hub: text("configuration.of_hub"), "": "" }[item] ?? item;
}

function list(pairs) {
  const made = make("ul", "");
  made.append(...pairs.map(([name, said]) => make("li", "", name ? `${name}: ${said}` : said)));
  return made;
}

function revision(one) {
  const line = make("li", "result");
  line.append(make("b", "", text("configuration.revision", { revision: one.revision })));
  line.append(make("span", "", one.why), make("small", "soft", `${moment(one.changed_at)} · ${one.changed_by}`));
  if (data.may_set && one.revision !== data.settings.revision) line.append(key(text("configuration.back"), one.revision));
  line.append(list(Object.entries(one.changes).map(([path, value]) => [path, value === null ? text("configuration.unset") : shown(value)])));
  return line;
}

function key(name, to) {
  const made = make("button", "plain", name);
  made.type = "button";
  made.addEventListener("click", () => back(to));
  return made;
}

function report(one) {
  const line = make("li", `result ${one.outcome === "applied" ? "passed" : "failed"}`);
  line.append(make("b", "", text(`configuration.said_${one.outcome}`)), make("span", "", text("configuration.revision", { revision: one.revision })));
  line.append(make("small", "soft", `${moment(one.reported_at)} · ${one.device}`), list(Object.entries(one.problems).map(([item, said]) => [named(item), said])));
  return line;
}

function history(told) {
  const rows = told.history.map(revision);
  if (told.revision && Object.keys(told.device).length && data.may_set) {
    const line = make("li", "result");
    line.append(make("b", "", text("configuration.to_file")), key(text("configuration.back_file"), 0));
    rows.push(line);
  }
  return rows.length ? rows : [make("li", "soft", text("configuration.none"))];
}

let known = "";
function show(told) {
  if (told.revision !== data.settings.revision) put(byId("answer"), text("configuration.newer"));
  const said = JSON.stringify([told.state, told.in_force, told.reports]);
  if (said === known) return;
  known = said;
  const box = byId("state");
  box.dataset.state = told.state;
  const parts = [make("b", "", text(`configuration.state_${told.state}`))];
  if (told.revision) parts.push(document.createTextNode(` · ${text("configuration.revision", { revision: told.revision })}`));
  if (told.in_force !== null) {
    const has = told.in_force ? text("configuration.in_force", { revision: told.in_force }) : text("configuration.in_force_file");
    parts.push(make("span", "soft", ` · ${has}`));
  }
  box.replaceChildren(...parts, list(Object.entries(told.problems).map(([item, why]) => [named(item), why])));
  byId("reports").replaceChildren(...told.reports.slice(0, 10).map(report));
}

async function look() {
  try {
    const [ok, told] = await send(data.api, "GET");
    if (ok) show(told);
  } catch {
    put(byId("answer"), text("configuration.no_answer"));
  }
}

for (const line of lines) {
  field(line).addEventListener("input", () => {
    tick(line).checked = true;
    mark();
  });
  tick(line).addEventListener("change", () => {
    if (!tick(line).checked) field(line).value = line.dataset.usual;
    else if (line.dataset.set) field(line).value = line.dataset.value;
    mark();
  });
}
byId("settings").addEventListener("submit", (event) => {
  event.preventDefault();
  if (edited().length && check()) preview();
});
byId("reset")?.addEventListener("click", () => {
  for (const line of lines) {
    tick(line).checked = Boolean(line.dataset.set);
    field(line).value = line.dataset.value;
  }
  clear();
  mark();
});
byId("save").addEventListener("click", save);
byId("cancel").addEventListener("click", () => byId("preview").close());
byId("scope")?.addEventListener("change", previewMany);
byId("find").addEventListener("input", () => {
  const sought = byId("find").value.trim().toLowerCase();
  for (const line of lines) line.hidden = !`${line.dataset.path} ${line.textContent}`.toLowerCase().includes(sought);
  for (const group of document.querySelectorAll(".group")) {
    group.hidden = ![...group.querySelectorAll(".item")].some((line) => !line.hidden);
    if (sought) group.open = true;
  }
});
applyTheme();
mark();
byId("history").replaceChildren(...history(data.settings));
show(data.settings);
window.setInterval(look, EVERY_MS);
