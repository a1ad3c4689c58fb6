// Dark for the wall, until somebody at a desk chooses light.

import { byId } from "./page.js";

const KEPT = "tingxu-theme";

const chosen = () => localStorage.getItem(KEPT) ?? "dark";

export function applyTheme() {
  const theme = chosen();
  document.documentElement.dataset.theme = theme;
  const button = byId("theme");
  if (button) button.textContent = theme === "dark" ? button.dataset.light : button.dataset.dark;
}

export function offerTheme() {
  applyTheme();
  byId("theme").addEventListener("click", () => {
    localStorage.setItem(KEPT, chosen() === "dark" ? "light" : "dark");
    applyTheme();
  });
}
