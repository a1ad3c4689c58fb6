// From a service to its ticket, and what the agent says on the way.

import { button, h, icon } from "./dom.js";
import { paged } from "./frame.js";
import { beside, gives, named, service, trouble } from "./hall.js";
import { halves, inOne, wait } from "./words.js";

export const screens = { take, card, working, ticket, words, stale, starting, pairing };

function take(page) {
  const { letter, more, priority, voice } = page.here;
  const one = service(page, letter);
  const can = gives(page.state, one) && !trouble(page.state);
  const send = () => page.touch({ do: "choose", letter, more, priority, voice });
  const main = button("primary", "take", send, icon("paper"), page.t("take"));
  main.disabled = !can;
  if (can) main.dataset.first = "";
  return h(
    "div",
    { class: "take" },
    h("section", { class: "sheet" }, ...about(page, one)),
    h("section", { class: "wish" }, can && paged(page, h("div", { class: "options" }, ...options(page))), main),
  );
}

function about(page, one) {
  const en = page.looks.language === "en";
  const rows = [
    ["take.where", (en && one.where_english) || one.where],
    ["take.route", one.route],
  ];
  return [
    h("div", { class: "title" }, h("span", { class: "letter" }, one.letter),
      h("div", {}, h("h1", { tabindex: -1 }, named(page, one)),
        h("span", { class: "beside other" }, beside(page, one)))),
    one.note && h("p", { class: "note" }, icon("warn"), inOne(page.looks.language, one.note)),
    h("div", { class: "scroll" }, h("dl", {},
      page.state.online && queue(page, one.waiting, one.wait_s_low, one.wait_s_high),
      rows.filter(([, words]) => words).map(([key, words]) => fact(page.t(key), words)))),
    page.state.name && h("p", { class: "note good" }, icon("card"), page.t("take.guest", { name: page.state.name })),
    !page.state.name && one.real_name && page.state.reader !== "none" && !trouble(page.state) &&
      h("p", { class: "note" }, icon("card"), page.t("take.card")),
  ].filter(Boolean); // prettier-ignore
}

function queue(page, ahead, lowS, highS) {
  const long = wait(page.looks.language, lowS, highS);
  const words = ahead ? page.t("take.people", { count: ahead, wait: long }) : page.t("service.nobody");
  return fact(page.t("take.queue"), words, "figure");
}

function fact(label, words, kind = "") {
  return h("div", { class: kind }, h("dt", {}, label), h("dd", {}, words));
}

// Who takes the large text is asked for less.
function options(page) {
  const { more, priority, voice } = page.here;
  const added = more.map((letter) => service(page, letter)).filter(Boolean);
  const classes = page.state.view.priorities || [];
  const chip = (key, on, change, ...content) => {
    const made = button("chip", key, () => page.set(change), on && icon("done"), ...content);
    made.setAttribute("aria-pressed", String(on));
    return made;
  };
  return [
    added.length > 0 &&
      h("div", { class: "option" },
        h("p", {}, page.t("take.more")),
        added.map((other) => h("p", { class: "added" }, icon("done"), named(page, other)))),
    h("div", { class: "chips" },
      !page.looks.elder && button("chip", "add", () => page.go({ screen: "add" }), icon("add"), page.t("take.add")),
      chip("voice", voice, { voice: !voice }, page.t("take.voice"))),
    classes.length > 0 &&
      h("div", { class: "option", role: "group", "aria-label": page.t("take.priority") },
        h("p", {}, page.t("take.priority")),
        h("div", { class: "chips" },
          classes.map(({ id, ...kind }) =>
            chip(`priority-${id}`, priority === id, { priority: priority === id ? "" : id }, named(page, kind))))),
  ].filter(Boolean); // prettier-ignore
}

// Nobody knows this machine yet: for the technician before it.
function pairing(page) {
  const again = () => page.touch({ do: "back" });
  return middle(
    h("p", {}, page.t("pairing")),
    h("h1", { tabindex: -1, class: "pairing-code" }, page.state.pairing),
    h("p", {}, page.t("pairing.more")),
    page.state.printer && button("secondary", "again", again, icon("paper"), page.t("pairing.again")),
  ); // prettier-ignore
}

function card(page) {
  return middle(
    icon("card"),
    h("h1", { tabindex: -1, role: "alert", class: "said" },
      page.state.words ? both(page, page.state.words) : page.t("card")),
    !page.looks.elder && h("p", {}, page.t("card.more")),
    h(
      "div",
      { class: "keys" },
      button("secondary", "no-card", () => page.touch({ do: "no-card" }), page.t("card.none")),
      button("secondary", "drop", () => page.touch({ do: "back" }), icon("back"), page.t("bar.back")),
    ),
  ); // prettier-ignore
}

function working(page) {
  const printing = page.state.doing === "printing";
  return middle(
    h("span", { class: "wheel", "aria-hidden": "true" }),
    h("h1", { tabindex: -1, role: "status" }, page.t(printing ? "working.print" : "working")),
    h("p", {}, page.t("working.more")),
  );
}

function ticket(page) {
  const { ticket: slip, outcome, services } = page.state;
  const one = services.find((found) => found.letter === slip.service);
  const en = page.looks.language === "en";
  const own = slip.ahead < 0;
  const told = [...(slip.warnings || []), slip.if_missed].filter(Boolean);
  const sheet = [
    h("dl", {},
      slip.slot_at && fact(page.t("take.slot"), slip.slot_at.slice(11, 16), "figure"),
      !own && queue(page, slip.ahead, slip.wait_s_low, slip.wait_s_high),
      fact(page.t("take.where"), (en && one?.where === slip.where && one.where_english) || slip.where),
      slip.route && fact(page.t("take.route"), slip.route),
      (slip.more || []).length > 0 && fact(page.t("take.more"), slip.more.join(" · "))),
    !page.looks.elder && told.map((line) => h("p", { class: "told" }, inOne(page.looks.language, line))),
  ]; // prettier-ignore
  return h(
    "div",
    { class: "result" },
    h(
      "section",
      { class: `number ${outcome}` },
      h("h1", { tabindex: -1 }, page.t("ticket")),
      h("strong", { class: "huge" }, slip.number),
      h("span", {}, [(en && one?.english) || slip.service_name, slip.name_masked].filter(Boolean).join(" · ")),
      h("p", { class: "outcome", role: "status" }, icon("paper"), page.t(`ticket.${outcome}`)),
      own && h("p", { class: "own" }, page.t("ticket.own")),
    ), // prettier-ignore
    h(
      "section",
      { class: "sheet" },
      h("div", { class: "scroll" }, ...sheet.filter(Boolean)),
      button("primary short", "done", () => page.touch({ do: "back" }), icon("done"), page.t("ticket.done")),
    ),
  );
}

function words(page) {
  const said = page.state.words;
  const ok = () => {
    page.unheard = false;
    if (said) page.touch({ do: "back" });
    else page.set({});
  };
  return middle(
    icon("warn"),
    h("h1", { tabindex: -1, role: "alert", class: "said" }, said ? both(page, said) : page.t("unheard")),
    h("div", { class: "keys" }, button("primary", "ok", ok, page.t("words.ok"))),
  );
}

function stale(page) {
  return middle(icon("warn"), h("h1", { tabindex: -1, role: "alert" }, page.t("stale")), h("p", {}, page.t("stale.more")));
}

function starting(page) {
  return middle(
    h("span", { class: "wheel", "aria-hidden": "true" }),
    h("h1", { tabindex: -1 }, page.t("starting")),
    page.state && h("p", {}, page.t("starting.more")),
  );
}

function middle(...children) {
  return h("div", { class: "middle" }, ...children.filter(Boolean));
}

// The agent's words: the page's language large, the other beside it.
function both(page, said) {
  const parts = halves(said);
  if (page.looks.language === "en") parts.reverse();
  return [h("span", {}, parts[0]), parts[1] && h("span", { class: "beside" }, parts[1])];
}
