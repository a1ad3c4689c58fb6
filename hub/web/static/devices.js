// Times of the table in the hall's zone, and the filter as one types.

import { byId, data, secondOf, text } from "./page.js";
import { applyTheme } from "./theme.js";

const day = new Intl.DateTimeFormat("sv-SE", { timeZone: data.zone, dateStyle: "short" });
const today = day.format(data.now);

for (const time of document.querySelectorAll("time[data-at]")) {
  const at = Number(time.dataset.at);
  const said = (day.format(at) === today ? "" : `${day.format(at)} `) + secondOf(at);
  time.textContent = time.dataset.say ? text(time.dataset.say, { time: said }) : said;
}

const field = document.querySelector("input[name=text]");
const rows = [...document.querySelectorAll("tbody tr")];

function filter() {
  const wanted = field.value.trim().toLowerCase();
  let shown = 0;
  for (const row of rows) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
    shown += row.hidden ? 0 : 1;
  }
  byId("count").textContent = text("devices.count", { count: shown });
}

field.addEventListener("input", filter);
applyTheme();
