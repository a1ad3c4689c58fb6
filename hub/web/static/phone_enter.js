// In place of a picture puzzle: the phone computes for a moment, so that a flood of requests becomes dear.

import { byId } from "./page.js";

const form = byId("effort-form");
const wait = byId("effort-wait");
const worker = new Worker(form.dataset.worker);
let sending = false;

byId("effort-send").disabled = false; // a form sent before this ran would be refused

form.addEventListener("submit", (event) => {
  if (byId("solution").value) return;
  event.preventDefault(); // pressed before it was ready: it goes by itself
  sending = true;
  wait.textContent = wait.dataset.working;
});

worker.addEventListener("message", ({ data }) => {
  if (data.solution === undefined) return;
  byId("solution").value = data.solution;
  worker.terminate();
  if (sending) form.submit();
});
worker.postMessage({ text: form.dataset.challenge, bits: Number(form.dataset.bits) });
