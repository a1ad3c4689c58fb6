// Elements in one line each.

const SVG = "http://www.w3.org/2000/svg";

// h("button", {class: "key", onclick: f, "aria-pressed": true}, "text", child, …): nothing falsy becomes a child.
export function h(tag, given = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean" && !name.startsWith("aria-")) element.toggleAttribute(name, value);
    else if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child || child === 0));
  return element;
}

// What is pressed. `key` keeps the focus on it when the screen is drawn anew.
export function button(kind, key, onclick, ...children) {
  return h("button", { type: "button", class: kind, "data-key": key, onclick }, ...children);
}

const PATHS = {
  back: "M19 12H5m6-7-7 7 7 7",
  home: "M4 11.5 12 5l8 6.5M6.5 10v9h4v-5h3v5h4v-9",
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zm5.2 12.2L20.5 20.5",
  code: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5v2.5H14zM18 18h2v2h-2zM14 19.5h1M19.5 14h.5",
  guide: "M9 4.5 3.5 7v12.5L9 17l6 2.5 5.5-2.5V4.5L15 7zM9 4.5V17M15 7v12.5",
  card: "M3 5.5h18v13H3zM6 9.5h4v5H6zM13 10h5M13 14h5",
  paper: "M7 4h10v16l-2.5-1.7L12 20l-2.5-1.7L7 20zM9.8 8.5h4.4M9.8 12h4.4",
  done: "M4.5 12.5l5 5 10-11",
  add: "M12 5v14M5 12h14",
  warn: "M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.4",
  away: "M3 9a14 14 0 0 1 18 0M6.5 12.7a9 9 0 0 1 11 0M12 18.5v.4M4 4l16 16",
  up: "M5 15l7-7 7 7",
  down: "M5 9l7 7 7-7",
  place: "M12 21s7-6.2 7-11.2A7 7 0 0 0 5 9.8C5 14.8 12 21 12 21zM12 7.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
};

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
