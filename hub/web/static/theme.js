// Dark on the wall, light on the desk: as the system says, until somebody chooses.

import { byId } from "./page.js";

const KEPT = "tingxu-theme";

function chosen() {
  return localStorage.getItem(KEPT) ?? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark");
}

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
