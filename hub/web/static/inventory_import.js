// An import: the chosen file is sent for a preview, and once more, the same bytes, to be taken.

import { byId, data, make, put, text } from "./page.js";
import { applyTheme } from "./theme.js";

let file = null;
let digest = "";

function answer(tone, words) {
  byId("answer").className = `said ${tone}`;
  put(byId("answer"), words);
}

function fill(id, rows) {
  byId(id).hidden = rows.length === 0;
  byId(id).tBodies[0].replaceChildren(
    ...rows.map((cells) => {
      const line = make("tr");
      line.append(...cells.map((cell) => make("td", "", cell)));
      return line;
    }),
  );
}

function show(told) {
  const many = told.new + told.changed;
  digest = told.digest;
  byId("preview").hidden = false;
  byId("counts").hidden = told.problems.length > 0;
  for (const name of ["new", "changed", "same"]) put(byId(name), told[name]);
  put(byId("ignored"), told.ignored.length ? text("inventory.ignored", { names: told.ignored.join(", ") }) : "");
  byId("apply").hidden = told.problems.length > 0 || many === 0;
  put(byId("apply"), text("inventory.apply", { count: many }));
  const what = (one) => (data.language === "en" ? one.what_en : one.what_zh);
  fill("problems", told.problems.map((one) => [one.row, `${one.column} ${one.heading}`, one.given, what(one)]));
  const changes = (one) => (one.new ? text("inventory.new") : one.changed.map(named).join(", "));
  fill("lines", told.problems.length ? [] : told.lines.map((one) => [one.row, one.serial, text(`kind.${one.kind}`), one.planned, changes(one)]));
  put(byId("more"), told.lines.length < many ? text("inventory.more_lines", { count: told.lines.length }) : "");
  if (told.problems.length) answer("refused", text("inventory.problems", { count: told.problems.length }));
  else answer(many ? "" : "done", many ? "" : text("inventory.nothing_to_do"));
}

const named = (field) => text(`inventory.${field.replace("price_fen", "price")}`);

async function send(query) {
  answer("", "");
  try {
    const headers = { accept: "application/json", "content-type": "application/octet-stream" };
    const sent = await fetch(`${data.api}${query}`, { method: "POST", headers, body: file });
    if (sent.status === 401) return window.location.reload();
    const told = await sent.json();
    if (sent.ok) return told;
    byId("preview").hidden = true;
    answer("refused", data.language === "en" ? told.detail_en : told.detail_zh);
  } catch {
    answer("refused", text("inventory.no_answer"));
  }
  return undefined;
}

async function chosen() {
  [file] = byId("file").files;
  byId("file").value = ""; // the same name may be chosen again, mended
  if (!file) return;
  put(byId("name"), file.name);
  const told = await send("");
  if (told) show(told);
}

byId("file").addEventListener("change", chosen);

byId("apply").addEventListener("click", async () => {
  byId("apply").disabled = true;
  const told = await send(`?apply=true&digest=${digest}`);
  byId("apply").disabled = false;
  if (!told) return;
  byId("preview").hidden = true;
  answer("done", text("inventory.imported", told));
});

applyTheme();
if (byId("file").files.length) chosen(); // somebody was faster than this script

