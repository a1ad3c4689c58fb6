// Two scans: the board, then its position. A scanner types and presses Enter; the field has the focus all the time.

import { byId, data, make, put, text } from "./page.js";
import { applyTheme } from "./theme.js";

const shown = (code) => `${code.slice(0, 4)}-${code.slice(4)}`;
let board = null; // { text, words }

function step() {
  put(byId("step"), text(board ? "inventory.scan_position" : "inventory.scan_board"));
  put(byId("board"), board ? board.words : "");
  byId("text").value = "";
  byId("text").focus();
}

function answer(tone, words) {
  byId("answer").className = `said large ${tone}`;
  put(byId("answer"), words);
}

function wordsOf(found) {
  const name = found.what === "board" ? text("inventory.found_board", { code: shown(found.code) }) : text("inventory.found_asset", found);
  const about = [found.kind && text(`kind.${found.kind}`), found.device_class, found.serial, found.state && text(`state.${found.state}`)];
  return [name, ...about.filter(Boolean)].join(" · ");
}

async function ask(path, options = {}) {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const sent = await fetch(`${data.api}/${path}`, { headers, ...options });
  if (sent.status === 401) window.location.reload();
  const told = await sent.json();
  if (!sent.ok) throw new Error(data.language === "en" ? told.detail_en : `${told.detail_zh} · ${told.detail_en}`);
  return told;
}

async function scanned(said) {
  const found = await ask(`scans?text=${encodeURIComponent(said)}`);
  if (found.what !== "position") {
    board = { text: said, words: wordsOf(found) };
    return answer("", "");
  }
  if (!board) return answer("refused", `${text("inventory.found_position", found)} · ${text("inventory.scan_board")}`);
  if (!found.free) {
    answer("refused", `${found.position}: ${text("inventory.scan_taken")} `);
    const link = make("a", "", text("inventory.replace"));
    link.href = `${data.devices}/${encodeURIComponent(found.position)}`;
    return byId("answer").append(link);
  }
  const body = JSON.stringify({ board: board.text, position: found.position });
  const placed = await ask("assignments", { method: "POST", body });
  const words = text(`inventory.done_${placed.what}`, { ...placed, code: shown(placed.code) });
  board = null;
  byId("done").prepend(make("li", "", words));
  return answer("done", words);
}

byId("scan").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = byId("text").value.trim();
  if (!said) return;
  try {
    await scanned(said);
  } catch (error) {
    answer("refused", error instanceof TypeError ? text("inventory.no_answer") : error.message);
  }
  step();
});
byId("again").addEventListener("click", () => {
  board = null;
  answer("", "");
  step();
});

applyTheme();
step();
