// Steps of an editor's form, to take back and to do again; and what of it was edited since the page came.

import { byId, data } from "./page.js";

export function offerSteps(form, refresh) {
  const fields = [...form.elements].filter((one) => one.name && one.type !== "hidden");
  const first = new Map(fields.map((one) => [one, initial(one)]));
  const past = [];
  let future = [];
  let now = values();
  let leaving = false;

  function initial(one) {
    if (one.name in data.was) return data.was[one.name].replaceAll("\r\n", "\n"); // it was refused, and is still to be saved
    if (one.tagName === "SELECT") return [...one.options].find((option) => option.defaultSelected)?.value ?? one.options[0].value;
    return one.defaultValue;
  }

  function values() {
    return new Map(fields.map((one) => [one, one.value]));
  }

  function same(one, other) {
    return fields.every((each) => one.get(each) === other.get(each));
  }

  function keep() {
    const next = values();
    if (same(now, next)) return;
    past.push(now);
    future = [];
    now = next;
    offer();
  }

  function go(from, to) {
    if (!from.length) return;
    to.push(now);
    now = from.pop();
    for (const [each, value] of now) each.value = value;
    offer();
    refresh();
  }

  function offer() {
    byId("step-back").disabled = past.length === 0;
    byId("step-forth").disabled = future.length === 0;
  }

  const back = () => go(past, future);
  const forth = () => go(future, past);
  byId("step-back").addEventListener("click", back);
  byId("step-forth").addEventListener("click", forth);
  form.addEventListener("input", () => refresh());
  form.addEventListener("change", () => {
    keep();
    refresh();
  });
  // What nobody edited is not sent: it stays as it is, and a large hall's form stays small.
  form.addEventListener("submit", () => {
    leaving = true;
    const pathOf = (one) => one.name.replace(/\.[01]$/, "");
    const moved = new Set(fields.filter((one) => one.value !== first.get(one)).map(pathOf));
    const still = fields.filter((one) => !moved.has(pathOf(one)));
    for (const one of still) one.disabled = true;
    window.setTimeout(() => still.forEach((one) => (one.disabled = false)));
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.matches("input, textarea")) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) back();
    else if (key === "y" || (key === "z" && event.shiftKey)) forth();
    else return;
    event.preventDefault();
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && !same(first, values())) event.preventDefault();
  });

  return {
    note(work) {
      work();
      keep();
    },
    begin: () => keep,
    isEdited: (item) => fields.some((one) => one.name.startsWith(`${item}.`) && one.value !== first.get(one)),
    edited: () => new Set(fields.filter((one) => one.value !== first.get(one)).map((one) => one.name.split(".").slice(0, 2).join("."))).size,
  };
}
