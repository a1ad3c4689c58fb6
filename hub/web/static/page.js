// What the server gave to this page: data and texts; and the hall's time, by the hub's clock.

const element = document.getElementById("page-data");
export const data = JSON.parse(element.textContent);
export const build = element.dataset.build;

export function text(key, values = {}) {
  const found = data.texts[key];
  if (found === undefined) throw new Error(`no text ${key}`);
  return found.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const byId = (id) => document.getElementById(id);

export function put(target, value) {
  const said = String(value ?? "");
  if (target.textContent !== said) target.textContent = said;
}

export function make(tag, className, content = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = content;
  return made;
}

let offsetMs = data.now ? data.now - Date.now() : 0;

export function setClock(hubMs) {
  offsetMs = hubMs - Date.now();
}

export const now = () => Date.now() + offsetMs;

const format = (language, options) => new Intl.DateTimeFormat(language, { timeZone: data.zone, ...options });
const minute = format("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const second = format("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dates = {
  zh: [format("zh-CN", { year: "numeric", month: "long", day: "numeric" }), format("zh-CN", { weekday: "long" })],
  en: [format("en-GB", { weekday: "long", year: "numeric", month: "long", day: "numeric" })],
};

export const timeOf = (ms) => minute.format(ms);
export const secondOf = (ms) => second.format(ms);
export const dateOf = (ms, language) => dates[language].map((one) => one.format(ms)).join(" ");

export function elapsed(fromMs) {
  const all = Math.max(0, Math.floor((now() - fromMs) / 1000));
  const hours = Math.floor(all / 3600);
  const two = (number) => String(number).padStart(2, "0");
  const rest = `${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

export const minutesSince = (fromMs) => Math.max(0, Math.floor((now() - fromMs) / 60000));

export function everySecond(work) {
  work();
  window.setInterval(work, 1000);
}
