// The floor plan of any page: its drawing and its table follow the snapshots. A plan that somebody changed is fetched anew.

import { data, minutesSince, put, text } from "./page.js";

const STATES = ["online", "offline", "missing"];
let drawn = data.show?.plan;
let fetching = false;

export function drawPlan(place, show) {
  if (show.plan !== drawn) again(place, show);
  for (const one of show.counters) {
    const away = show.away.includes(one.id);
    const desk = place.querySelector(`.counter[data-counter="${CSS.escape(one.id)}"]`);
    if (desk) counter(desk, one, away, show.day);
    const row = place.querySelector(`[data-row="${CSS.escape(one.id)}"]`);
    if (!row) continue;
    put(row.querySelector(".said"), [text(`phase.${one.phase}`), away ? text("plan.away") : ""].filter(Boolean).join(" · "));
    put(row.querySelector(".ticket"), one.number || "–");
  }
  for (const one of show.rooms) room(place, one);
  for (const device of place.querySelectorAll(".device")) {
    const state = STATES[show.seats[device.dataset.n]];
    if (device.dataset.state === state) continue;
    device.dataset.state = state;
    const title = device.querySelector("title");
    put(title, title.textContent.replace(/: .*$/, `: ${text(`devices.${state}`)}`));
  }
  for (const row of place.querySelectorAll("[data-device-row]")) put(row.querySelector(".said"), text(`devices.${STATES[show.seats[row.dataset.deviceRow]]}`));
}

function counter(desk, one, away, day) {
  if (desk.dataset.phase !== one.phase) {
    desk.dataset.phase = one.phase;
    desk.querySelector(".mark").setAttribute("href", `#mark-${one.phase}`);
  }
  desk.dataset.away = away ? "yes" : "no";
  put(desk.querySelector(".word"), text(`phase.${one.phase}`));
  put(desk.querySelector(".ticket"), one.number || "");
  desk.querySelector(".ticket").classList.toggle("long", one.number.length > 5);
  const link = desk.querySelector(".to-ticket");
  if (!link) return;
  if (one.number) link.setAttribute("href", `/dash/${data.hall}/tickets/${day}/${encodeURIComponent(one.number)}`);
  else link.removeAttribute("href");
}

function room(place, one) {
  const ident = CSS.escape(one.area);
  const floor = place.querySelector(`.room[data-area="${ident}"]`);
  if (!floor) return;
  floor.dataset.crowd = one.crowd;
  floor.querySelectorAll(".person").forEach((person, n) => {
    if (n < one.waiting) person.dataset.here = "yes";
    else delete person.dataset.here;
  });
  const sign = place.querySelector(`[data-sign="${ident}"]`);
  sign.dataset.crowd = one.crowd;
  put(sign.querySelector(".count"), one.waiting);
  put(sign.querySelector(".crowd"), ` ${text(`plan.crowd_${one.crowd}`)}`);
  put(sign.querySelector(".longest"), one.since ? `${text("plan.longest", { count: minutesSince(one.since) })} · ` : "");
  put(sign.querySelector(".lines"), one.lines.map(([letter, count]) => `${letter} ${count}`).join(" · "));
  const row = place.querySelector(`[data-room-row="${ident}"]`);
  if (!row) return;
  put(row.querySelector(".count"), one.waiting);
  put(row.children[3], text(`plan.crowd_${one.crowd}`));
}

// Somebody moved a counter: the drawing is the hub's, so it is asked for it. What fails is tried with the next snapshot.
async function again(place, show) {
  if (fetching) return;
  fetching = true;
  try {
    const answer = await fetch(data.plan);
    if (!answer.ok || answer.redirected) return;
    place.innerHTML = await answer.text();
    drawn = show.plan;
    document.dispatchEvent(new Event("plan-drawn"));
    drawPlan(place, show);
  } catch {
    // the link's state says it
  } finally {
    fetching = false;
  }
}
