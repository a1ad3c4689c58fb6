// The hall as the agent tells it, made easy to show: defaults are left out on the wire.

const HOPELESS = ["paper out", "cover open", "error", "offline", "unplugged"];
const SERVICE = { open: true, note: "", waiting: 0, wait_s_low: 0, wait_s_high: 0, where: "", route: "", initials: "",
  centre_english: "", where_english: "", floor: "", floor_english: "", real_name: false }; // prettier-ignore

export function services(view) {
  return (view?.services || []).map((one) => ({ ...SERVICE, ...one }));
}

// → [{name, english, services}], in the order in which they come.
export function grouped(all, name, english) {
  const groups = new Map();
  for (const one of all) {
    if (!groups.has(one[name])) groups.set(one[name], { name: one[name], english: one[english], services: [] });
    groups.get(one[name]).services.push(one);
  }
  return [...groups.values()];
}

export const centres = (all) => grouped(all, "centre", "centre_english");
export const floors = (all) => grouped(all, "floor", "floor_english");
export const areas = (all) => grouped(all, "where", "where_english");
export const service = (page, letter) => page.state.services.find((one) => one.letter === letter);

// In the language of the page; Chinese where there is no English.
export function named(page, thing) {
  return page.looks.language === "en" && thing.english ? thing.english : thing.name;
}

// The other language, to stand beside it; "" where there is none.
export function beside(page, thing) {
  const other = page.looks.language === "en" ? thing.name : thing.english;
  return other && other !== named(page, thing) ? other : "";
}

// Certain not to print: "" where it may.
export function trouble(state) {
  return state?.printer && HOPELESS.includes(state.printer.state) ? state.printer.state : "";
}

// What is remembered of opening hours is old once the hub is away; then everything may be asked for.
export function gives(state, one) {
  return one.open || !state.online;
}
