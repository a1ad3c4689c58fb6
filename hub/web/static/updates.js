// Releases: uploading them, sending one out in waves, and how far each wave and each device has come.

import { byId, data, make, now, put, secondOf, text } from "./page.js";

const EVERY_MS = 1000;
const STAGES = ["running", "trying", "fetching", "ordered", "refused", "returned", "late", "away", "waiting"];
const ALLOWED = { running: ["pause", "abort", "back"], paused: ["resume", "abort", "back"], halted: ["resume", "retry", "abort", "back"], done: ["retry", "back"], aborted: ["back"] };
const FAILED = ["refused", "returned", "late"];
const day = new Intl.DateTimeFormat("sv-SE", { timeZone: data.zone, dateStyle: "short" });
const moment = (ms) => (day.format(ms) === day.format(now()) ? "" : `${day.format(ms)} `) + secondOf(ms);
let shown = "";
let current = "";

function say(words, refused = false) {
  const answer = byId("answer");
  put(answer, words);
  answer.className = `answer ${refused ? "refused" : "done"}`;
}

async function ask(path, options = {}) {
  const answer = await fetch(path, { headers: { accept: "application/json", "content-type": "application/json" }, ...options });
  if (answer.status === 401) window.location.reload();
  return answer;
}

async function act(path, options) {
  try {
    const answer = await ask(path, options);
    if (answer.ok) return true;
    const told = await answer.json();
    say(`${data.language === "en" ? told.detail_en : told.detail_zh} (${told.detail})`, true);
  } catch {
    say(text("updates.no_answer"), true);
  }
  return false;
}

function wave(number, members, open) {
  const counts = Object.fromEntries(STAGES.map((stage) => [stage, members.filter((one) => one.stage === stage).length]));
  const line = make("li", number <= open ? "" : "closed");
  const bar = make("span", "shares");
  const some = STAGES.filter((stage) => counts[stage]);
  for (const stage of some) {
    const part = make("i", "");
    part.dataset.stage = stage;
    part.style.flexGrow = counts[stage];
    bar.append(part);
  }
  const told = some.map((stage) => `${counts[stage]} ${text(`updates.stage_${stage}`)}`).join(" · ");
  line.append(make("b", "", text("updates.wave_of", { number: number + 1, count: members.length })), bar, make("span", "told", told));
  return line;
}

function row(one) {
  const line = make("tr", "");
  const name = make("th", "", one.position);
  name.scope = "row";
  const stage = make("td", "", text(`updates.stage_${one.stage}`));
  stage.dataset.stage = one.stage;
  const since = one.since ? moment(Date.parse(one.since)) : "–";
  line.append(name, make("td", "", one.device_class), make("td", "", String(one.wave + 1)), stage);
  line.append(make("td", "", one.said_running || "–"), make("td", "", since), make("td", "", one.text));
  return line;
}

function show(told) {
  const said = JSON.stringify(told);
  if (said === shown) return;
  shown = said;
  current = told.id;
  byId("current").hidden = false;
  put(byId("release"), text("updates.going_out", { name: told.release }));
  const phase = byId("phase");
  phase.dataset.phase = told.phase;
  put(phase, text(`updates.phase_${told.phase}`));
  put(byId("why"), told.why ? text("updates.why", { why: told.why }) : "");
  put(byId("started"), `${told.started_by} ${moment(Date.parse(told.started_at))} ${told.outside_hours ? ` · ${text("updates.only_outside")}` : ""}`);
  const numbers = [...Array(told.waves).keys()];
  byId("waves").replaceChildren(...numbers.map((number) => wave(number, told.members.filter((one) => one.wave === number), told.wave)));
  const urgent = (one) => (FAILED.includes(one.stage) ? 0 : 1);
  const rows = [...told.members].sort((a, b) => urgent(a) - urgent(b) || a.wave - b.wave || a.position.localeCompare(b.position));
  byId("members").replaceChildren(...rows.map(row));
  const failed = told.members.some((one) => FAILED.includes(one.stage));
  for (const key of document.querySelectorAll("[data-action]")) {
    const action = key.dataset.action;
    key.hidden = !ALLOWED[told.phase].includes(action) || (action === "retry" && !failed);
  }
}

async function look() {
  try {
    const known = await ask(data.api);
    if (!known.ok) return;
    const [newest] = await known.json();
    byId("none").hidden = Boolean(newest);
    if (!newest) return;
    const answer = await ask(`${data.api}/${newest.id}`);
    if (answer.ok) show(await answer.json());
  } catch {
    say(text("updates.no_answer"), true);
  }
}

function listOf(words) {
  return words.split(/[\s,\uff0c\u3001]+/).filter(Boolean);
}

async function start(event) {
  event.preventDefault();
  const form = event.target.elements;
  const canaries = listOf(form.canaries.value);
  const shares = listOf(form.shares.value).map((percent) => ({ share: Number(percent) / 100 }));
  const body = {
    sha256: form.sha256.value,
    canaries,
    waves: canaries.length ? shares : [{ per_class: 1 }, ...shares],
    wave_minutes: Number(form.minutes.value),
    fail_share: Number(form.fail.value) / 100,
    outside_hours: form.outside_hours.checked,
  };
  if (await act(data.api, { method: "POST", body: JSON.stringify(body) })) say(text("updates.started"));
  await look();
}

async function upload(event) {
  const files = [...event.target.files];
  const bundle = files.find((file) => file.name.endsWith(".tar"));
  const signature = files.find((file) => file.name.endsWith(".sig"));
  if (!bundle || !signature) {
    say(text("updates.two_files"), true);
    return;
  }
  say(text("updates.uploading"));
  const signed = encodeURIComponent((await signature.text()).trim());
  const headers = { accept: "application/json", "content-type": "application/octet-stream" };
  if (await act(`${data.releases_api}?signature=${signed}`, { method: "POST", body: bundle, headers })) window.location.reload();
}

for (const key of document.querySelectorAll("[data-action]")) {
  key.addEventListener("click", async () => {
    if (await act(`${data.api}/${current}/${key.dataset.action}`, { method: "POST" })) say(text("updates.told"));
    await look();
  });
}
for (const key of document.querySelectorAll(".remove")) {
  key.addEventListener("click", async () => {
    if (await act(`${data.releases_api}/${key.dataset.sha256}`, { method: "DELETE" })) window.location.reload();
  });
}
for (const time of document.querySelectorAll("time[data-at]")) put(time, moment(Number(time.dataset.at)));
byId("start")?.addEventListener("submit", start);
byId("files")?.addEventListener("change", upload);
look();
window.setInterval(look, EVERY_MS);
