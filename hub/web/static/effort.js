// In place of a picture puzzle: the phone computes for a moment, so that a flood of requests becomes dear.
// A solution is a number with which SHA-256 of "CHALLENGE:NUMBER" begins with so many zero bits (hub/people/effort.py).

import { byId } from "./page.js";

const TURN = 2000; // hashes between two looks at the page

// FIPS 180-4. Of the browser's own only secure pages have one, and it takes a promise for each hash.
const K = new Uint32Array(64);
const FIRST = new Uint32Array(8);
{
  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((p) => n % p)) primes.push(n);
  const fraction = (x) => ((x - Math.floor(x)) * 4294967296) >>> 0;
  primes.forEach((p, i) => {
    K[i] = fraction(Math.cbrt(p));
    if (i < 8) FIRST[i] = fraction(Math.sqrt(p));
  });
}
const words = new Uint32Array(64);
const right = (x, n) => (x >>> n) | (x << (32 - n));

function block(state, bytes, at) {
  for (let i = 0; i < 16; i++) {
    const j = at + 4 * i;
    words[i] = (bytes[j] << 24) | (bytes[j + 1] << 16) | (bytes[j + 2] << 8) | bytes[j + 3];
  }
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15];
    const y = words[i - 2];
    const s0 = right(x, 7) ^ right(x, 18) ^ (x >>> 3);
    const s1 = right(y, 17) ^ right(y, 19) ^ (y >>> 10);
    words[i] = words[i - 16] + s0 + words[i - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const t1 = (h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const t2 = ((right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => (state[i] += value));
}

// The first 32 bits, which are more than are ever asked for.
function head(text) {
  const length = text.length;
  const bytes = new Uint8Array(((length + 9 + 63) >> 6) << 6);
  for (let i = 0; i < length; i++) bytes[i] = text.charCodeAt(i);
  bytes[length] = 0x80;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, length * 8);
  const state = FIRST.slice();
  for (let at = 0; at < bytes.length; at += 64) block(state, bytes, at);
  return state[0];
}

function solve(challenge, bits, done) {
  const limit = bits ? 2 ** (32 - bits) : 2 ** 32;
  let number = 0;
  (function turn() {
    for (const end = number + TURN; number < end; number++) {
      if (head(`${challenge}:${number}`) < limit) return done(String(number));
    }
    window.setTimeout(turn);
  })();
}

const form = byId("effort-form");
const wait = byId("effort-wait");
let sending = false;

form.addEventListener("submit", (event) => {
  if (byId("solution").value) return;
  event.preventDefault(); // pressed before it was ready: it goes by itself
  sending = true;
  wait.textContent = wait.dataset.working;
});

solve(form.dataset.challenge, Number(form.dataset.bits), (solution) => {
  byId("solution").value = solution;
  if (sending) form.submit();
});
