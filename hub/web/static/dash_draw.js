// Panels that are words, bars and cells: made of elements, so that they can be read, reached and zoomed.

import { make, text } from "./page.js";
import { behind } from "./dash_ask.js";
import { figureOf, labelOf, say } from "./dash_words.js";

const SVG = "http://www.w3.org/2000/svg";
const OF_TIME = ["hour", "weekday", "time", "day", "month"];

export function draw(panel, place, answer) {
  const body = place.querySelector(".body");
  const some = answer.rows.some((row) => Object.values(row.values).some((value) => value !== null));
  if (!some) {
    body.replaceChildren(make("p", "state", text("dash.empty")));
    const numbers = place.querySelector(".numbers .scroll");
    if (numbers) numbers.replaceChildren();
    return;
  }
  const drawn = { stat, gauge, bars, stack, table, heat }[panel.kind](panel, answer);
  if (panel.kind !== "table") return void keep(place, body, drawn, panel, answer);
  keepScroll(body, drawn);
}

function keep(place, body, drawn, panel, answer) {
  keepScroll(body, drawn);
  const numbers = place.querySelector(".numbers .scroll");
  if (numbers) numbers.replaceChildren(rowsOf(panel, answer, answer.rows));
}

function keepScroll(body, drawn) {
  const at = body.scrollTop;
  body.replaceChildren(drawn);
  body.scrollTop = at;
}

const nameOf = (by, key) => key.map((value, n) => labelOf(by[n], value)).join(" · ");

function linked(panel, figure, by, key, words, className = "") {
  const address = behind(panel, figure, by, key);
  const made = make(address ? "a" : "span", className, words);
  if (address) made.href = address;
  return made;
}

function stat(panel, answer) {
  const [ident] = panel.figures;
  const { unit, good } = figureOf(panel, ident);
  const value = answer.rows[0]?.values[ident] ?? null;
  const made = make("div", "big");
  made.append(linked(panel, ident, [], [], say(value, unit), "value"));
  const before = answer.before?.[0]?.values[ident];
  if (answer.before) made.append(change(value, before ?? null, unit, good));
  return made;
}

// Against the period before: an arrow, the difference, and in words whether that is good.
function change(value, before, unit, good) {
  if (value === null || before === null) return make("span", "change soft", text("dash.before_none"));
  const seen = say(value, unit) !== say(before, unit) && say(Math.abs(value - before), unit) !== say(0, unit);
  const difference = seen ? value - before : 0; // nothing is better or worse by "0 s"
  const better = !difference || !good ? "" : (difference > 0) === (good === "up") ? "better" : "worse";
  const arrow = difference > 0 ? "▲" : difference < 0 ? "▼" : "=";
  const made = make("span", `change ${better}`, `${arrow} ${say(Math.abs(difference), unit)}`);
  made.append(make("small", "", `${better ? text(`dash.${better}`) : ""} ${text("dash.before_was", { value: say(before, unit) })}`.trim()));
  return made;
}

function svg(tag, attributes, ...inside) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...inside);
  return made;
}

function gauge(panel, answer) {
  const [ident] = panel.figures;
  const { unit, name } = figureOf(panel, ident);
  const value = answer.rows[0].values[ident];
  const arc = "M 12 62 A 50 50 0 0 1 112 62";
  const picture = svg("svg", { viewBox: "0 0 124 70", role: "img", "aria-label": `${name} ${say(value, unit)}` });
  picture.append(svg("path", { d: arc, class: "track" }));
  if (value) picture.append(svg("path", { d: arc, class: "filled", pathLength: 100, "stroke-dasharray": `${Math.min(1, value) * 100} 200` }));
  const made = make("div", "dial");
  made.append(picture, linked(panel, ident, [], [], say(value, unit), "value"));
  return made;
}

function sorted(panel, answer) {
  const [ident] = panel.figures;
  const rows = answer.rows.filter((row) => panel.figures.some((one) => row.values[one] !== null));
  if (!panel.by.some((by) => OF_TIME.includes(by))) rows.sort((one, other) => (other.values[ident] ?? -1) - (one.values[ident] ?? -1));
  return panel.most ? rows.slice(0, panel.most) : rows;
}

function bars(panel, answer) {
  const [ident] = panel.figures;
  const { unit } = figureOf(panel, ident);
  const rows = sorted(panel, answer);
  const most = unit === "share" ? 1 : Math.max(...rows.map((row) => row.values[ident] ?? 0)) || 1;
  const upright = panel.by.includes("hour");
  const made = make("ul", upright ? "columns" : "rows");
  for (const row of rows) {
    const item = make("li");
    const bar = make("span", "bar");
    const fill = make("i");
    fill.style[upright ? "height" : "width"] = `${(100 * (row.values[ident] ?? 0)) / most}%`;
    bar.append(fill);
    const name = linked(panel, ident, answer.by, row.key, nameOf(answer.by, row.key), "name");
    name.title = `${name.textContent} ${say(row.values[ident], unit)}`;
    item.append(name, bar, make("span", "count", say(row.values[ident], unit)));
    made.append(item);
  }
  return made;
}

function stack(panel, answer) {
  const made = make("div", "stacked");
  const legend = make("p", "legend");
  panel.figures.forEach((ident, n) => {
    const chip = make("span", "", figureOf(panel, ident).name);
    chip.prepend(make("i", `c${n}`));
    legend.append(chip);
  });
  const list = make("ul", "rows");
  const rows = answer.rows.filter((row) => panel.figures.some((one) => row.values[one]));
  const most = Math.max(...rows.map((row) => panel.figures.reduce((sum, one) => sum + (row.values[one] ?? 0), 0)), 1);
  for (const row of rows) {
    const item = make("li");
    const bar = make("span", "bar");
    let sum = 0;
    panel.figures.forEach((ident, n) => {
      const part = make("i", `c${n}`);
      part.style.width = `${(100 * (row.values[ident] ?? 0)) / most}%`;
      part.title = `${figureOf(panel, ident).name} ${say(row.values[ident], "s")}`;
      sum += row.values[ident] ?? 0;
      bar.append(part);
    });
    item.append(linked(panel, panel.figures[0], answer.by, row.key, nameOf(answer.by, row.key), "name"), bar, make("span", "count", say(sum, "s")));
    list.append(item);
  }
  made.append(legend, list);
  return made;
}

const orders = new Map(); // panel → [figure, direction], as somebody chose

function table(panel, answer) {
  const made = make("div", "scroll");
  made.tabIndex = 0;
  const fill = () => {
    const rows = sorted(panel, answer);
    const [ident, direction] = orders.get(panel.ident) ?? [];
    if (ident) rows.sort((one, other) => direction * ((one.values[ident] ?? -Infinity) - (other.values[ident] ?? -Infinity)));
    const drawn = rowsOf(panel, answer, rows);
    drawn.querySelectorAll("thead th.digits").forEach((cell, n) => sortable(cell, panel, panel.figures[n], fill));
    made.replaceChildren(drawn);
  };
  fill();
  return made;
}

function sortable(cell, panel, ident, fill) {
  const [chosen, direction] = orders.get(panel.ident) ?? [];
  const button = make("button", "sort", cell.textContent);
  button.type = "button";
  if (chosen === ident) cell.setAttribute("aria-sort", direction < 0 ? "descending" : "ascending");
  button.addEventListener("click", () => {
    orders.set(panel.ident, [ident, chosen === ident ? -direction : -1]);
    const place = cell.closest(".panel");
    fill();
    place.querySelectorAll("thead .sort")[panel.figures.indexOf(ident)].focus();
  });
  cell.replaceChildren(button);
}

export function rowsOf(panel, answer, rows) {
  const made = make("table");
  const head = make("tr");
  const corner = make("th", "", answer.by.map((by) => text(`dash.by_${by}`)).join(" · "));
  corner.scope = "col";
  head.append(corner);
  for (const ident of panel.figures) {
    const cell = make("th", "digits", figureOf(panel, ident).name);
    cell.scope = "col";
    head.append(cell);
  }
  const top = make("thead");
  top.append(head);
  const body = make("tbody");
  for (const row of rows) {
    const line = make("tr");
    const name = make("th");
    name.scope = "row";
    name.append(linked(panel, panel.figures[0], answer.by, row.key, nameOf(answer.by, row.key) || text("dash.all")));
    line.append(name);
    for (const ident of panel.figures) {
      const cell = make("td", "digits");
      const value = row.values[ident];
      cell.append(value === null || value === undefined ? make("span", "soft", "–") : linked(panel, ident, answer.by, row.key, say(value, figureOf(panel, ident).unit)));
      line.append(cell);
    }
    body.append(line);
  }
  made.append(top, body);
  return made;
}

function heat(panel, answer) {
  const [ident] = panel.figures;
  const { unit, name } = figureOf(panel, ident);
  const [down] = answer.by;
  const cells = new Map(answer.rows.map((row) => [row.key.join("\n"), row.values[ident]]));
  const downs = [...new Set(answer.rows.map((row) => row.key[0]))].sort();
  const hours = [...new Set(answer.rows.filter((row) => row.values[ident]).map((row) => row.key[1]))].sort();
  const most = unit === "share" ? 1 : Math.max(...cells.values()) || 1;
  const made = make("div", "scroll");
  made.tabIndex = 0;
  const grid = make("table", "cells");
  const head = make("tr");
  head.append(make("th", "hidden-cell", text(`dash.by_${down}`)), ...hours.map((hour) => make("th", "", hour)));
  const top = make("thead");
  top.append(head);
  const body = make("tbody");
  for (const one of downs) {
    const line = make("tr");
    const label = make("th", "", labelOf(down, one));
    label.scope = "row";
    line.append(label);
    for (const hour of hours) {
      const value = cells.get(`${one}\n${hour}`) ?? null;
      const cell = make("td");
      if (value) {
        const share = Math.min(1, value / most);
        cell.style.backgroundColor = `rgba(var(--heat), ${(0.12 + 0.88 * share).toFixed(2)})`;
        if (share > 0.5) cell.className = "strong";
        const shown = unit === "share" ? Math.round(value * 100) : say(value, unit);
        const link = linked(panel, ident, answer.by, [one, hour], shown);
        link.title = `${labelOf(down, one)} ${hour}:00 ${name} ${say(value, unit)}`;
        cell.append(link);
      }
      line.append(cell);
    }
    body.append(line);
  }
  grid.append(top, body);
  made.append(grid);
  return made;
}

