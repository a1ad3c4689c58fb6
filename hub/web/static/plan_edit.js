// The editor: what is dragged, or moved by arrow keys, goes into the fields below, and these are what is saved.

import { byId, data, put, secondOf, text } from "./page.js";
import { offerSteps } from "./plan_steps.js";

const APART_M = 0.5;
const TURNS = ["down", "left", "up", "right"];
const form = byId("plan-form");
const canvas = byId("canvas");

for (const time of document.querySelectorAll("time[data-at]")) put(time, secondOf(Number(time.dataset.at)));
if (form) begin();

function begin() {
  const items = [...canvas.querySelectorAll(".movable")];
  const steps = offerSteps(form, refresh);
  const field = (item, key) => form.elements[`${item.dataset.item}.${key}`];
  const snap = () => Number(byId("snap").value);
  let chosen = null;

  // A counter's or a device's place is what its two fields say; without any, where it was drawn.
  for (const item of items) {
    const [, x, y] = /translate\(([\d.-]+) ([\d.-]+)\)/.exec(item.getAttribute("transform"));
    item.drawnAt = [x / 100, y / 100];
    item.setAttribute("tabindex", "0");
    item.setAttribute("role", "button");
    item.addEventListener("pointerdown", (event) => drag(event, item, () => placeOf(item), (x, y) => place(item, x, y)));
    item.addEventListener("keydown", (event) => keys(event, item, () => placeOf(item), (x, y) => place(item, x, y)));
    item.addEventListener("focus", () => choose(item));
  }

  function placeOf(item) {
    const at = [field(item, "at.0").value, field(item, "at.1").value];
    return at.every((one) => one.trim() !== "" && Number.isFinite(Number(one))) ? at.map(Number) : item.drawnAt;
  }

  function place(item, x, y) {
    write(field(item, "at.0"), x);
    write(field(item, "at.1"), y);
    refresh();
    tell(item);
  }

  function tell(item) {
    const [x, y] = placeOf(item);
    put(byId("chosen"), text("planedit.at", { name: item.dataset.name, x: x.toFixed(2), y: y.toFixed(2) }));
  }

  function choose(item) {
    chosen?.classList.remove("chosen");
    chosen = item;
    item.classList.add("chosen");
    byId("turn").disabled = !item.classList.contains("counter");
    tell(item);
  }

  function turn() {
    const select = field(chosen, "faces");
    steps.note(() => {
      select.value = TURNS[(TURNS.indexOf(select.value) + 1) % TURNS.length];
    });
    refresh();
  }

  const within = (value, most) => Math.min(most, Math.max(0, value));
  const write = (place, value) => {
    place.value = String(Math.round(value * 100) / 100);
  };

  function snapped(x, y) {
    const to = (value, most) => within(Math.round(value / snap()) * snap(), most);
    return [to(x, data.size[0]), to(y, data.size[1])];
  }

  function pointOf(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(canvas.getScreenCTM().inverse());
    return [point.x / 100, point.y / 100];
  }

  // One step of undo for a whole drag, however long it was.
  function drag(event, item, from, to) {
    if (event.button !== 0) return;
    event.preventDefault();
    item.focus({ preventScroll: true });
    item.setPointerCapture(event.pointerId);
    const [px, py] = pointOf(event);
    const [x, y] = from();
    const done = steps.begin();
    const move = (moved) => {
      const [mx, my] = pointOf(moved);
      if (Math.hypot(mx - px, my - py) >= 0.05) to(...snapped(x + mx - px, y + my - py));
    };
    const end = (ended) => {
      if (ended.type === "pointerup") move(ended);
      item.removeEventListener("pointermove", move);
      item.removeEventListener("pointerup", end);
      item.removeEventListener("pointercancel", end);
      done();
      refresh();
    };
    item.addEventListener("pointermove", move);
    item.addEventListener("pointerup", end);
    item.addEventListener("pointercancel", end);
  }

  function keys(event, item, from, to) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step) {
      event.preventDefault();
      const by = event.shiftKey ? 1 : snap();
      const [x, y] = from();
      steps.note(() => to(within(x + step[0] * by, data.size[0]), within(y + step[1] * by, data.size[1])));
    } else if (event.key.toLowerCase() === "r" && item.classList.contains("counter") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      turn();
    }
  }

  // Corners of areas: two of a rectangle, or all of a polygon; the field has them as text.
  function corners(name) {
    return form.elements[name].value.split(/\s+/).filter(Boolean).map((one) => one.split(",").map(Number)).filter((one) => one.length === 2 && one.every(Number.isFinite));
  }

  function drawAreas() {
    const held = document.activeElement?.dataset?.corner;
    const kept = new Map([...byId("handles").children].map((one) => [one.dataset.corner, one]));
    for (const shape of canvas.querySelectorAll("[data-outline]")) {
      const name = shape.dataset.outline;
      if (!form.elements[name]) continue;
      const points = corners(name);
      const [a, b] = points;
      const around = points.length === 2 ? [a, [b[0], a[1]], b, [a[0], b[1]]] : points;
      if (around.length > 2) shape.setAttribute("points", around.map(([x, y]) => `${x * 100},${y * 100}`).join(" "));
      if (!byId("corners").checked) continue;
      points.forEach(([x, y], n) => {
        const handle = kept.get(`${name}/${n}`) ?? handleOf(name, n);
        kept.delete(`${name}/${n}`);
        handle.setAttribute("transform", `translate(${x * 100} ${y * 100})`);
      });
    }
    for (const gone of kept.values()) gone.remove();
    if (held) byId("handles").querySelector(`[data-corner="${CSS.escape(held)}"]`)?.focus({ preventScroll: true });
  }

  function handleOf(name, n) {
    const handle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    handle.setAttribute("class", "movable handle");
    handle.setAttribute("r", Math.max(22, data.size[0] * 1.1));
    handle.setAttribute("tabindex", "0");
    handle.setAttribute("role", "button");
    handle.setAttribute("aria-label", text("planedit.corner", { number: n + 1 }));
    handle.dataset.corner = `${name}/${n}`;
    const from = () => corners(name)[n];
    const to = (x, y) => {
      const points = corners(name);
      points[n] = [x, y].map((one) => Math.round(one * 100) / 100);
      form.elements[name].value = points.map((one) => one.join(",")).join(" ");
      refresh();
      put(byId("chosen"), text("planedit.at", { name: text("planedit.corner", { number: n + 1 }), x: x.toFixed(2), y: y.toFixed(2) }));
    };
    handle.addEventListener("pointerdown", (event) => drag(event, handle, from, to));
    handle.addEventListener("keydown", (event) => keys(event, handle, from, to));
    byId("handles").append(handle);
    return handle;
  }

  function refresh() {
    const places = items.map(placeOf);
    items.forEach((item, n) => {
      const [x, y] = places[n];
      item.setAttribute("transform", `translate(${Math.round(x * 100)} ${Math.round(y * 100)})`);
      item.dataset.given = field(item, "at.0").value.trim() ? "yes" : "no";
      const near = item.classList.contains("counter") && items.some((other, m) => m !== n && other.classList.contains("counter") && Math.max(Math.abs(places[m][0] - x), Math.abs(places[m][1] - y)) < APART_M);
      item.classList.toggle("bad", near || x < 0 || y < 0 || x > data.size[0] || y > data.size[1]);
      const faces = field(item, "faces");
      if (faces) item.querySelector(".front-arrow").setAttribute("transform", `rotate(${TURNS.indexOf(faces.value) * 90})`);
      item.classList.toggle("moved", steps.isEdited(item.dataset.item));
    });
    for (const row of form.querySelectorAll("[data-row-of]")) row.classList.toggle("moved", steps.isEdited(row.dataset.rowOf));
    drawAreas();
    const many = steps.edited();
    const bad = items.filter((item) => item.classList.contains("bad")).length;
    put(byId("count"), bad ? text("planedit.bad", { count: bad }) : many ? text("planedit.edited", { count: many }) : "");
  }

  byId("turn").addEventListener("click", turn);
  byId("corners").addEventListener("change", refresh);
  document.querySelector(".bench").hidden = false;
  refresh();
}
