// What screens play: upload, playlists, emergencies. What the hub refuses is said in its words; all else is a reload.

import { byId, data, dateOf, make, now, put, text, timeOf } from "./page.js";

const DONE = `tingxu-screens-done:${data.api}`; // said once more after the reload that follows a change
const names = new Map(data.media.map((one) => [one.sha256, one.name]));

function answer(tone, said) {
  byId("answer").className = `answer ${tone}`;
  put(byId("answer"), said);
  if (said) byId("answer").scrollIntoView({ block: "nearest" });
}

const words = (problem) =>
  data.language === "en" || problem.errors ? `${problem.title}: ${problem.detail_en}` : `${problem.detail_zh} (${problem.detail_en})`;

function done(said) {
  sessionStorage.setItem(DONE, said);
  window.location.reload();
}

// True when the hub did it.
async function send(method, address, body) {
  answer("", text("screens.saving"));
  try {
    const headers = { accept: "application/json", ...(body && { "content-type": "application/json" }) };
    const sent = await fetch(address, { method, headers, body: body && JSON.stringify(body) });
    if (sent.status === 401) window.location.reload();
    if (sent.ok) return true;
    const problem = await sent.json();
    answer("refused", words(problem));
    put(byId("wrong"), words(problem));
  } catch {
    answer("refused", text("screens.no_answer"));
  }
  return false;
}

// Resolves to whether the person said yes.
function ask({ title, about, said = "", yes, red = false }) {
  put(byId("ask-title"), title);
  put(byId("ask-text"), about);
  put(byId("ask-said"), said);
  put(byId("ask-yes"), yes);
  byId("ask-yes").classList.toggle("red-button", red);
  byId("ask").returnValue = "no";
  byId("ask").showModal();
  return new Promise((resolve) => {
    byId("ask").addEventListener("close", () => resolve(byId("ask").returnValue === "yes"), { once: true });
  });
}

const checked = (ident) => [...byId(ident).querySelectorAll("input:checked")].map((one) => one.value);

// Media.

function upload(file, index, count) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much was sent
    request.open("POST", `${data.media_api}?name=${encodeURIComponent(file.name.slice(0, 120))}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => {
      const share = event.lengthComputable ? event.loaded / event.total : 0;
      byId("progress").value = (100 * (index + share)) / count;
      answer("", text("screens.uploading", { name: file.name, percent: Math.round(100 * share) }));
    });
    request.addEventListener("loadend", () => {
      let told = {};
      try {
        told = JSON.parse(request.responseText);
      } catch {
        told = { detail_zh: text("screens.no_answer"), detail_en: text("screens.no_answer"), title: file.name };
      }
      resolve({ status: request.status, told });
    });
    request.send(file);
  });
}

byId("files").addEventListener("change", async () => {
  const files = [...byId("files").files];
  byId("progress").hidden = false;
  let known = "";
  for (const [index, file] of files.entries()) {
    const { status, told } = await upload(file, index, files.length);
    if (status === 401) return window.location.reload();
    if (status !== 200 && status !== 201) {
      byId("progress").hidden = true;
      byId("files").value = "";
      return answer("refused", `${file.name}: ${words(told)}`);
    }
    if (status === 200) known = ` ${text("screens.known", { name: file.name })}`;
  }
  return done(text("screens.uploaded", { count: files.length }) + known);
});

for (const button of document.querySelectorAll(".remove[data-sha256]")) {
  button.addEventListener("click", async () => {
    const title = text("screens.delete_ask", button.dataset);
    if (!(await ask({ title, about: "", yes: text("screens.delete") }))) return;
    if (await send("DELETE", `${data.media_api}/${button.dataset.sha256}`)) done("");
  });
}

// Playlists.

const form = byId("playlist");
let editing = null;

function button(key, work) {
  const made = make("button", "plain", text(key));
  made.type = "button";
  made.addEventListener("click", work);
  return made;
}

function labelled(said, input) {
  const label = make("label", "check", `${said} `);
  label.append(input);
  return label;
}

function field(type, value) {
  const input = document.createElement("input");
  input.type = type;
  if (type === "checkbox") input.checked = value;
  else input.value = value;
  return input;
}

function addDaypart({ weekdays = [], begins = "09:00", ends = "17:00" } = {}) {
  const row = make("div", "part");
  for (let day = 1; day <= 7; day += 1) {
    const box = field("checkbox", weekdays.length === 0 || weekdays.includes(day));
    box.value = day;
    row.append(labelled(text(`screens.weekday_${day}`), box));
  }
  const [from, until] = [field("time", begins), field("time", ends === "24:00" ? "00:00" : ends)];
  from.required = until.required = true;
  from.className = "begins";
  until.className = "ends";
  row.append(labelled(text("screens.begins"), from), labelled(text("screens.until"), until));
  row.append(button("screens.remove", () => row.remove()));
  byId("dayparts").append(row);
}

function addItem({ sha256, duration_s = 0 }) {
  const row = document.createElement("li");
  row.dataset.sha256 = sha256;
  const seconds = field("number", duration_s);
  seconds.min = 0;
  seconds.max = 86400;
  row.append(make("b", "", names.get(sha256) ?? sha256.slice(0, 12)), labelled(text("screens.seconds"), seconds));
  row.append(button("screens.up", () => row.previousElementSibling?.before(row)));
  row.append(button("screens.down", () => row.nextElementSibling?.after(row)));
  row.append(button("screens.remove", () => row.remove()));
  byId("items").append(row);
}

function open(playlist) {
  editing = playlist?.id ?? null;
  form.reset();
  byId("dayparts").replaceChildren();
  byId("items").replaceChildren();
  put(byId("wrong"), "");
  if (playlist) {
    for (const key of ["name", "zone", "priority", "ticker", "first_day", "last_day"]) form.elements[key].value = playlist[key] ?? "";
    form.elements.enabled.checked = playlist.enabled;
    playlist.dayparts.forEach(addDaypart);
    playlist.items.forEach(addItem);
  }
  for (const [ident, key] of [["areas", "areas"], ["singles", "screens"]]) {
    for (const box of byId(ident).querySelectorAll("input")) box.checked = playlist?.[key].includes(box.value) ?? false;
  }
  form.hidden = false;
  form.scrollIntoView({ block: "start" });
  form.elements.name.focus();
}

function daypart(row) {
  const days = [...row.querySelectorAll("input:checked")].map((one) => Number(one.value));
  return { weekdays: days.length === 7 ? [] : days, begins: row.querySelector(".begins").value, ends: row.querySelector(".ends").value };
}

function written() {
  const value = (key) => form.elements[key].value;
  return {
    name: value("name"),
    zone: value("zone"),
    priority: Number(value("priority")),
    enabled: form.elements.enabled.checked,
    ticker: value("ticker"),
    first_day: value("first_day") || null,
    last_day: value("last_day") || null,
    dayparts: [...byId("dayparts").children].map(daypart),
    areas: checked("areas"),
    screens: checked("singles"),
    items: [...byId("items").children].map((row) => ({
      sha256: row.dataset.sha256,
      duration_s: Number(row.querySelector("input").value),
    })),
  };
}

byId("fresh").addEventListener("click", () => open(null));
byId("discard").addEventListener("click", () => {
  form.hidden = true;
});
byId("add-daypart").addEventListener("click", () => addDaypart());
byId("add-item").addEventListener("click", () => {
  if (byId("item").value) addItem({ sha256: byId("item").value });
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [method, address] = editing ? ["PUT", `${data.api}/playlists/${editing}`] : ["POST", `${data.api}/playlists`];
  if (await send(method, address, written())) done(text("screens.saved"));
});
for (const one of document.querySelectorAll(".edit")) {
  one.addEventListener("click", () => open(data.playlists.find((playlist) => playlist.id === one.dataset.id)));
}
for (const one of document.querySelectorAll(".drop")) {
  one.addEventListener("click", async () => {
    const title = text("screens.delete_ask", one.dataset);
    if (!(await ask({ title, about: "", yes: text("screens.delete") }))) return;
    if (await send("DELETE", `${data.api}/playlists/${one.dataset.id}`)) done("");
  });
}

// Emergencies.

byId("emergency").addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = byId("emergency").elements;
  const [zh, en, areas] = [fields.zh.value.trim(), fields.en.value.trim(), checked("alarm-areas")];
  const count = areas.length ? data.screens.filter((one) => areas.includes(one.area)).length : data.screens.length;
  const about = text("screens.ask", { count });
  const said = [zh, en].filter(Boolean).join("\n");
  if (!(await ask({ title: `⚠ ${text("screens.ask_title")}`, about, said, yes: text("screens.yes"), red: true }))) return;
  const body = { zh, en, areas, sha256: fields.sha256.value || null, minutes: Number(fields.minutes.value) || null };
  if (await send("POST", `${data.api}/emergencies`, body)) done("");
});
for (const one of document.querySelectorAll(".withdraw")) {
  one.addEventListener("click", async () => {
    const title = text("screens.withdraw");
    if (!(await ask({ title, about: text("screens.withdraw_ask"), yes: text("screens.withdraw") }))) return;
    if (await send("DELETE", `${data.api}/emergencies/${one.dataset.id}`)) done("");
  });
}

// Preview.

byId("preview").addEventListener("submit", async (event) => {
  event.preventDefault();
  const at = byId("preview-at").value;
  const screen = encodeURIComponent(byId("preview-screen").value);
  const got = await fetch(`${data.api}/screens/${screen}/preview?at=${encodeURIComponent(at)}`);
  const told = await got.json();
  const lists = (told.playlists ?? []).map((one) => `${one.name} (${one.items.map((item) => item.name).join(", ")})`);
  const what = got.ok ? told.emergency ?? (lists.join(" + ") || text("screens.own")) : words(told);
  put(byId("previewed"), text("screens.previewed", { at: at.replace("T", " "), what }));
});

put(byId("media-hint"), text("screens.media_hint", { size: Math.floor(data.media_max / 1048576) }));
for (const time of document.querySelectorAll("time[data-at]")) {
  const at = Number(time.dataset.at);
  put(time, `${dateOf(at, data.language)} ${timeOf(at)}`);
}
const today = new Intl.DateTimeFormat("sv-SE", { timeZone: data.zone }).format(now()); // YYYY-MM-DD
byId("preview-at").value = `${today}T${timeOf(now())}`;
for (const day of document.querySelectorAll("form[method=get] input[type=date]")) day.value = today;
const said = sessionStorage.getItem(DONE);
if (said) answer("done", said);
sessionStorage.removeItem(DONE);
