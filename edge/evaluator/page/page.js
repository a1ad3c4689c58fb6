// Shows what the agent says (a Face, edge/evaluator/events.py), and tells it what is touched. It decides nothing.
"use strict";

const LEVELS = {5: ["非常满意", "Very satisfied"], 4: ["满意", "Satisfied"], 3: ["基本满意", "Fairly satisfied"],
                2: ["不满意", "Dissatisfied"], 1: ["非常不满意", "Very dissatisfied"]};
const SETTLE_MS = 400;  // a finger that is still on its way was meant for what was there before
const SILENCE_MS = 12000;  // the agent gives a sign every 5 s
const BROKEN_MS = 2000;  // a stream that breaks is there again within a second, if the agent is
const AGAIN_MS = 500;

const $ = (id) => document.getElementById(id);
let face = {step: "gone"};
let heardAt = performance.now();
let brokenAt = Infinity;
let pressed = "";  // the ask that was answered here, until the agent says what came of it

function show(next) {
  const before = face;
  face = next;
  const fresh = next.step !== before.step || next.ask !== before.ask || next.level !== before.level
    || (next.again && !before.again);
  document.body.dataset.step = next.step;
  document.body.dataset.offline = String(next.online === false);
  document.body.dataset.here = String(Boolean(next.here));
  $("code").textContent = next.code || "";
  document.body.dataset.again = String(Boolean(next.again));
  $("counter").textContent = next.counter_name || "";
  $("clerk").textContent = next.clerk ? `工号 ${next.clerk}` : "";
  rest(next);
  if (next.step === "ask") ask(next, fresh);
  if (next.step === "reasons") why(next, fresh);
  if (next.step === "thanks") thanks(next);
  if (next.step === "test" && fresh) test();
  if (fresh) say(next);
}

function rest(next) {
  const [sign, zh, who, en] = restWords(next);
  $("rest-sign").setAttribute("href", `#${sign}`);
  $("rest-words").textContent = zh;
  $("rest-who").textContent = who;
  $("rest-beside").textContent = en;
}

function restWords(next) {
  const who = next.clerk_name || (next.clerk ? `工号${next.clerk}` : "");
  if (next.phase === "paused") return ["pause", "暂停服务", "", "Service is paused"];
  if (next.phase === "closed") return ["pause", "暂未开放", "", "This counter is closed"];
  if (!next.phase || !who) return ["person", "您好", "", "Welcome"];
  return ["person", "您好", `${who}为您服务`, `Clerk ${next.clerk} is at your service`];
}

function ask(next, fresh) {
  $("number").textContent = next.number;
  $("ask-left").textContent = next.left_s;
  if (!fresh) return;
  pressed = "";
  for (const button of $("levels").children) button.classList.remove("chosen");
  settle($("levels"));
}

function why(next, fresh) {
  $("why-face").setAttribute("href", `#face-${next.level}`);
  $("why-level").textContent = LEVELS[next.level][0];
  $("done-words").textContent = next.ticked.length ? "提交 Submit" : "完成 Done";
  $("done-left").textContent = next.left_s;
  if (fresh) {
    $("reasons").replaceChildren(...next.reasons.map(tile));
    settle($("why"));
  }
  for (const button of $("reasons").children) {
    button.setAttribute("aria-pressed", String(next.ticked.includes(button.dataset.code)));
  }
}

function tile(reason) {
  const button = document.createElement("button");
  button.dataset.code = reason.code;
  button.append(tick(), words(reason));
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    tell({touch: "tick", ask: face.ask, code: reason.code, on});
  });
  return button;
}

function tick() {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 32 32");
  for (const [name, value] of [["d", "M6 17l7 7L26 8"], ["fill", "none"], ["stroke", "currentColor"], ["stroke-width", "5"]]) {
    path.setAttribute(name, value);
  }
  svg.append(path);
  return svg;
}

function words(reason) {
  const both = document.createElement("div"), zh = document.createElement("b"), en = document.createElement("span");
  zh.textContent = reason.zh;
  en.textContent = reason.en;
  en.lang = "en";
  both.append(zh, en);
  return both;
}

function thanks(next) {
  $("thanks-face").setAttribute("href", `#face-${next.level}`);
  $("thanks-level").textContent = LEVELS[next.level].join(" ");
}

function test() {
  $("size").textContent = `${innerWidth} × ${innerHeight}`;
  tell({touch: "size", width: innerWidth, height: innerHeight});
}

function say(next) {
  const told = {ask: "请您评价本次服务", reasons: "已评价，可选择原因", thanks: "感谢您的评价"};
  $("told").textContent = told[next.step] || "";
}

// What was just there may have been meant: for a moment nothing can be pressed.
function settle(part) {
  const buttons = [...part.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  setTimeout(() => { for (const button of buttons) button.disabled = false; }, SETTLE_MS);
}

function choose(level) {
  const button = document.querySelector(`[data-level="${level}"]`);
  if (face.step !== "ask" || pressed === face.ask || !button || button.disabled) return;
  pressed = face.ask;
  button.classList.add("chosen");
  tell({touch: "rate", ask: face.ask, level});
}

// Until the agent has it, or asks for something else. It takes an ask's rating once, however often it comes.
async function tell(touch) {
  while (!touch.ask || touch.ask === face.ask) {
    try {
      const answer = await fetch("touch", {
        method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(touch),
      });
      if (answer.status !== 429) return;
    } catch (error) { /* the agent is away for a moment */ }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

function heard() {
  heardAt = performance.now();
  brokenAt = Infinity;
}

// An agent that is gone could keep nobody's rating: better to ask for none.
function look() {
  const now = performance.now();
  if ((now - heardAt > SILENCE_MS || now - brokenAt > BROKEN_MS) && face.step !== "gone") show({step: "gone"});
}

let source;

function listen() {
  source = new EventSource("state");
  source.addEventListener("state", (event) => { heard(); show(JSON.parse(event.data)); });
  source.addEventListener("beat", heard);
  source.addEventListener("error", () => {
    brokenAt = Math.min(brokenAt, performance.now());
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  });
}

$("levels").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button) choose(Number(button.dataset.level));
});
$("done").addEventListener("click", () => tell({touch: "done", ask: face.ask}));
document.addEventListener("keydown", (event) => { if ("12345".includes(event.key) && !event.repeat) choose(Number(event.key)); });
document.addEventListener("contextmenu", (event) => event.preventDefault());
setInterval(look, 500);
listen();
