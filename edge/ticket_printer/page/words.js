// The page's texts in two languages, and how times, people and the agent's own words are put.

export const LANGUAGES = ["zh", "en"];
const catalogue = await (await fetch("texts.json")).json();

// The text of a key in a language; {name} is filled in. An unknown key shows itself.
export function text(language, key, values = {}) {
  const pair = catalogue[key] || [key, key];
  return pair[LANGUAGES.indexOf(language)].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function wait(language, lowS, highS) {
  const low = Math.floor(lowS / 60);
  const high = Math.max(1, Math.ceil(highS / 60));
  return low < 1 ? text(language, "wait.soon", { high }) : text(language, "wait.range", { low, high });
}

// "中文 English", as agent and hub say it → [中文, English], or one of them alone.
export function halves(words) {
  const cut = words.match(/^(.*[\u3000-\u9fff\uff00-\uffef]\S*)\s+([\x20-\x7e]*[A-Za-z][\x20-\x7e]*)$/su);
  return cut ? [cut[1], cut[2]] : [words];
}

// Of words in both languages, those of the page's.
export function inOne(language, words) {
  return halves(words).at(language === "en" ? -1 : 0);
}

// 2026年1月4日 星期日 10:05
export function moment(language, date) {
  const clock = `${String(date.getHours()).padStart(2, "0")}:${String(date.getMinutes()).padStart(2, "0")}`;
  if (language === "zh") {
    const day = "日一二三四五六"[date.getDay()];
    return [clock, `${date.getFullYear()}年${date.getMonth() + 1}月${date.getDate()}日 星期${day}`];
  }
  const options = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
  return [clock, date.toLocaleDateString("en-GB", options)];
}
