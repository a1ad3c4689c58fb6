// Other ways to a service: by its initials, by an appointment's code, by the floor it is on.

import { serviceCard } from "./choosing.js";
import { button, h, icon } from "./dom.js";
import { paged } from "./frame.js";
import { areas, floors, named } from "./hall.js";
import { find } from "./search.js";

const ROWS = ["QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM"];
const DIGITS = ["1234567890"];

export const screens = { search, "check-in": checkIn, guide };

// One of each, kept over every drawing: a text that is being typed is not to be disturbed.
const fields = { search: field("search"), "check-in": field("check-in") };

function field(name) {
  return h("input", { class: "field", "data-key": `field-${name}`, "data-first": "", autocomplete: "off",
    autocapitalize: "off", spellcheck: "false", inputmode: "none", maxlength: 500 }); // prettier-ignore
}

function search(page) {
  const typed = page.here.typed;
  const found = find(page.state.services, typed);
  const hint = page.state.services.find((one) => one.initials);
  const input = prepared(page, "search", page.t("search.field"));
  return h(
    "div",
    { class: "finding" },
    h("section", { class: "typing" }, h("h1", { tabindex: -1 }, page.t("search.title")), input, keyboard(page, input, ROWS)),
    h(
      "section",
      { class: "found", "aria-live": "polite" },
      !typed && hint &&
        h("p", { class: "hint" }, page.t("search.hint", { letters: hint.initials.slice(0, 4).toUpperCase(), name: hint.name })),
      typed && !found.length && h("p", { class: "hint" }, page.t("search.none")),
      found.length > 0 &&
        paged(page, h("div", { class: "services one" },
          found.map((one) => serviceCard(page, one, (letter) => page.go({ screen: "take", letter }))))),
    ),
  ); // prettier-ignore
}

function checkIn(page) {
  const input = prepared(page, "check-in", page.t("code.type"));
  const send = () => {
    if (page.here.typed.trim()) page.touch({ do: "code", code: page.here.typed.trim() });
  };
  input.onkeydown = (event) => {
    if (event.key === "Enter") send(); // and says nothing to anything else: `false` would swallow the key
  };
  if (!page.state.online)
    return h("div", { class: "middle" }, icon("away"), h("h1", { tabindex: -1 }, page.t("code.offline")));
  const mute = ["mute", "unplugged"].includes(page.state.scanner);
  return h(
    "div",
    { class: "finding" },
    h(
      "section",
      { class: "typing" },
      input,
      keyboard(page, input, [...DIGITS, ...ROWS]),
    ),
    h(
      "section",
      { class: "found scan" },
      icon(mute ? "warn" : "code"),
      h("h1", { tabindex: -1 }, page.t(mute ? "code.scanner" : "code.title")),
      !mute && h("p", {}, page.t("code.more")),
      button("primary", "send", send, page.t("code.send")),
    ),
  );
}

function prepared(page, name, label) {
  const input = fields[name];
  if (input.value !== page.here.typed) input.value = page.here.typed;
  input.setAttribute("aria-label", label);
  input.setAttribute("placeholder", label);
  input.oninput = (event) => {
    if (!event.isComposing) page.set({ typed: input.value });
  };
  input.oncompositionend = () => page.set({ typed: input.value });
  return input;
}

function keyboard(page, input, rows) {
  const type = (typed) => page.set({ typed });
  const key = (letter) => button("key", `key-${letter}`, () => type(page.here.typed + letter), letter);
  const last = [
    button("key wide", "key-back", () => type(page.here.typed.slice(0, -1)), page.t("key.back")),
    button("key wide", "key-clear", () => type(""), page.t("key.clear")),
  ];
  return h(
    "div",
    { class: "keyboard" },
    rows.map((row, place) =>
      h("div", { class: "row" }, [...row].map(key), place === rows.length - 1 && last),
    ),
  );
}

// The hall by floors: what is where, how to get there, how many wait.
function guide(page) {
  const here = page.state.view.area;
  const lead = (letter) => page.go({ screen: "take", letter });
  return [
    h("h1", { tabindex: -1 }, page.t("guide.title")),
    paged(
      page,
      floors(page.state.services).map((floor) =>
        h(
          "section",
          { class: "floor" },
          h("h2", {}, named(page, floor)),
          h("div", { class: "areas" }, areas(floor.services).map((area) =>
            h("div", { class: "area" },
              h("h3", {}, icon("place"), named(page, area),
                area.name === here && h("span", { class: "here" }, page.t("guide.here"))),
              area.services[0].route && h("p", { class: "beside" }, area.services[0].route),
              h("div", { class: "services one" }, area.services.map((one) => serviceCard(page, one, lead)))))),
        ),
      ),
      h("p", { class: "hint" }, page.t("guide.papers")),
    ),
  ]; // prettier-ignore
}
