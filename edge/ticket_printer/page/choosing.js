// From centre to service: 中心 → 业务.

import { button, h, icon } from "./dom.js";
import { paged } from "./frame.js";
import { beside, centres, gives, named } from "./hall.js";
import { inOne, wait } from "./words.js";

export const screens = { home, centre, add };

function home(page) {
  const all = centres(page.state.services);
  return [
    h("h1", { tabindex: -1 }, page.t(page.looks.elder ? "home.elder" : "home")),
    h(
      "div",
      { class: "home" },
      all.length > 1
        ? paged(page, h("div", { class: "centres" }, all.map((one) => centreCard(page, one))))
        : services(page, page.state.services, (letter) => page.go({ screen: "take", letter })),
      ways(page),
    ),
  ];
}

function centreCard(page, one) {
  const waiting = one.services.reduce((sum, service) => sum + service.waiting, 0);
  return button(
    "card centre",
    one.name,
    () => page.go({ screen: "centre", centre: one.name }),
    h("strong", {}, named(page, one)),
    beside(page, one) && h("span", { class: "beside" }, beside(page, one)),
    h(
      "span",
      { class: "facts" },
      !page.looks.elder && h("span", {}, page.t("centre.services", { count: one.services.length })),
      page.state.online && h("span", {}, page.t("centre.waiting", { count: waiting })),
    ),
  );
}

// Other ways to a ticket than down the tree. Who takes the large text gets fewer of them.
function ways(page) {
  const way = (name) =>
    button(
      "way",
      name,
      () => page.go({ screen: name, typed: "" }),
      icon({ search: "search", "check-in": "code", guide: "guide" }[name]),
      h("span", {}, h("strong", {}, page.t(name)), h("span", { class: "beside" }, page.t(`${name}.more`))),
    );
  const names = page.looks.elder ? ["check-in"] : ["search", "check-in", "guide"];
  return h("div", { class: "ways" }, names.map(way));
}

function centre(page) {
  const one = centres(page.state.services).find((found) => found.name === page.here.centre);
  const all = one ? one.services : page.state.services;
  return [
    h("h1", { tabindex: -1 }, one ? named(page, one) : page.t("services")),
    services(page, all, (letter) => page.go({ screen: "take", letter })),
  ];
}

// More to do on the same visit: several may be on.
function add(page) {
  const { letter, more } = page.here;
  const others = page.state.services.filter((one) => one.letter !== letter && gives(page.state, one));
  const turn = (other) =>
    page.set({ more: more.includes(other) ? more.filter((one) => one !== other) : [...more, other] });
  return [
    h("h1", { tabindex: -1 }, page.t("services.add")),
    services(page, others, turn, more),
    button("primary", "added", () => page.back({ more }), icon("done"), page.t("services.added")),
  ];
}

// `on`: letters that are chosen; without it a touch leads on.
export function services(page, all, chosen, on = null) {
  return paged(page, h("div", { class: "services" }, all.map((one) => serviceCard(page, one, chosen, on))));
}

export function serviceCard(page, one, chosen, on = null) {
  const given = gives(page.state, one);
  const card = button(
    given ? "card service" : "card service shut",
    one.letter,
    () => chosen(one.letter),
    h("span", { class: "letter", "aria-hidden": "true" }, one.letter),
    h(
      "span",
      { class: "about" },
      h("strong", {}, named(page, one)),
      h("span", { class: "beside other" }, beside(page, one)),
      h("span", { class: "facts" }, ...facts(page, one)),
    ),
    on && h("span", { class: "tick" }, on.includes(one.letter) && icon("done")),
  );
  if (on) card.setAttribute("aria-pressed", String(on.includes(one.letter)));
  return card;
}

function facts(page, one) {
  const note = inOne(page.looks.language, one.note);
  if (!page.state.online) return [h("span", {}, page.t("wait.unknown"))];
  if (!one.open) return [h("span", { class: "shut" }, note || page.t("service.closed"))];
  if (!one.waiting) return [h("span", {}, page.t("service.nobody")), note && h("span", {}, note)];
  return [
    h("span", {}, page.t("service.waiting", { count: one.waiting })),
    h("span", {}, wait(page.looks.language, one.wait_s_low, one.wait_s_high)),
    note && h("span", {}, note),
  ];
}
