// Times in the hall's zone; the list's filter as one types; forms that send their fields as JSON and say what came of it.

import { byId, data, put, secondOf, text } from "./page.js";
import { applyTheme } from "./theme.js";

const day = new Intl.DateTimeFormat("sv-SE", { timeZone: data.zone, dateStyle: "short" });
const today = day.format(data.now);

for (const time of document.querySelectorAll("time[data-at]")) {
  const at = Number(time.dataset.at);
  const short = time.closest(".scroll") ? "" : ` ${secondOf(at)}`; // in the list a day is enough
  put(time, day.format(at) === today ? secondOf(at) : day.format(at) + short);
}

// Empty fields of numbers and dates are left out; `by` says in one field what comes: "applicant CODE", "serial SERIAL".
function collect(form) {
  const found = {};
  for (const [name, value] of new FormData(form)) {
    const field = form.elements[name];
    if (name === "by") {
      const [kind, which] = value.split(" ");
      if (kind) found[kind] = which;
    } else if (value === "mended") found.mended = true;
    else if (field.type === "number") {
      if (value) found[name] = Number(value);
    } else if (field.type !== "date" || value) found[name] = value;
  }
  return found;
}

function say(form, tone, words) {
  const line = form.querySelector(".said");
  line.className = `said ${tone}`;
  put(line, words);
}

const words = (told) => (data.language === "en" ? told.detail_en : `${told.detail_zh} · ${told.detail_en}`);

async function send(form, address, method, body) {
  const keys = form.querySelectorAll("button");
  for (const key of keys) key.disabled = true; // twice is once too often
  try {
    const headers = { accept: "application/json", "content-type": "application/json" };
    const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body) });
    if (answer.status === 401) return window.location.reload();
    const told = answer.status === 204 ? {} : await answer.json();
    if (!answer.ok) return say(form, "refused", words(told));
    if (told.what === "token") return say(form, "done", text("inventory.done_token", told));
    return window.location.reload();
  } catch {
    return say(form, "refused", text("inventory.no_answer"));
  } finally {
    for (const key of keys) key.disabled = false;
  }
}

for (const form of document.querySelectorAll("form[data-api]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, form.dataset.api, form.dataset.method ?? "POST", collect(form));
  });
}

for (const key of document.querySelectorAll("[data-refuse]")) {
  key.addEventListener("click", () => {
    if (window.confirm(key.dataset.sure)) send(key.form, key.dataset.refuse, "DELETE");
  });
}

const field = document.querySelector(".filter input[name=text]");
const rows = [...document.querySelectorAll(".scroll tbody tr")];
field?.addEventListener("input", () => {
  const wanted = field.value.trim().toLowerCase();
  for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  put(byId("count"), text("inventory.count", { count: rows.filter((row) => !row.hidden).length }));
});

// Boards that wait come and go; whoever is choosing a position just now is left in peace.
async function look() {
  try {
    let same = true;
    for (const [state, codes] of Object.entries(data.codes)) {
      const answer = await fetch(`${data.applicants}?state=${state}`, { headers: { accept: "application/json" } });
      if (answer.status === 401) return window.location.reload();
      if (!answer.ok) return;
      same &&= (await answer.json()).applicants.map((one) => one.code).join() === codes;
    }
    const busy = [...document.querySelectorAll("select")].some((one) => one.matches(":focus") || !one.selectedOptions[0]?.defaultSelected && one.selectedIndex > 0);
    if (!same && !busy) window.location.reload();
  } catch {
    // the next look will tell
  }
}
if (data.applicants) window.setInterval(look, 4000);

applyTheme();
