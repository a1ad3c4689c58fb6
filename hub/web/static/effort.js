// A worker that looks for the number which hub/people/effort.py asks for, in place of a picture puzzle: nothing to see,
// hear or solve. The page posts {text, bits} of a challenge and gets {solution}, and now and then {share}: how much of the
// work that is needed on average is done, which may pass 1.
//
// The search is our own SHA-256: WebCrypto answers each hash by a promise, which takes several times as long as so
// short a hash does here, and is missing on plain http. Where it is there, it has to agree before the search begins.

/** The first `count` primes' fractional parts, 32 bits: FIPS 180-4, 4.2.2 (cube roots) and 5.3.3 (square roots). */
function constants(count, power) {
  const found = [];
  for (let candidate = 2; found.length < count; candidate += 1) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) if (candidate % divisor === 0) prime = false;
    if (prime) found.push(((candidate ** power % 1) * 2 ** 32) | 0);
  }
  return Int32Array.from(found);
}

const K = constants(64, 1 / 3);
const START = constants(8, 1 / 2);
const W = new Int32Array(64);

/** One block of 64 bytes into `state`, eight words: FIPS 180-4, 6.2.2. */
function compress(state, block, offset) {
  for (let t = 0; t < 16; t += 1) {
    const at = offset + 4 * t;
    W[t] = (block[at] << 24) | (block[at + 1] << 16) | (block[at + 2] << 8) | block[at + 3];
  }
  for (let t = 16; t < 64; t += 1) {
    const x = W[t - 15], y = W[t - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[t] = (W[t - 16] + s0 + W[t - 7] + s1) | 0;
  }
  let a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
  for (let t = 0; t < 64; t += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const one = (h + s1 + ((e & f) ^ (~e & g)) + K[t] + W[t]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
  }
  state[0] += a; state[1] += b; state[2] += c; state[3] += d;
  state[4] += e; state[5] += f; state[6] += g; state[7] += h;
}

/** What follows the whole blocks of a message, with its length: FIPS 180-4, 5.1.1. */
function padded(rest, bytes) {
  const end = new Uint8Array(rest.length + 9 > 64 ? 128 : 64);
  end.set(rest);
  end[rest.length] = 0x80;
  new DataView(end.buffer).setUint32(end.length - 4, bytes * 8);
  return end;
}

/** SHA-256 of bytes, as eight words. */
function sha256(bytes) {
  const state = START.slice();
  const whole = bytes.length - (bytes.length % 64);
  for (let at = 0; at < whole; at += 64) compress(state, bytes, at);
  const end = padded(bytes.subarray(whole), bytes.length);
  for (let at = 0; at < end.length; at += 64) compress(state, end, at);
  return state;
}

function zeroBits(words) {
  let bits = 0;
  for (const word of words) {
    bits += Math.clz32(word);
    if (word !== 0) break;
  }
  return bits;
}

/** The blocks that all tries share are hashed once. */
function solve(text, bits, told) {
  const prefix = new TextEncoder().encode(`${text}:`);
  const whole = prefix.length - (prefix.length % 64);
  const shared = START.slice();
  for (let at = 0; at < whole; at += 64) compress(shared, prefix, at);
  const state = new Int32Array(8);
  for (let number = 0; ; number += 1) {
    const digits = String(number);
    const rest = new Uint8Array(prefix.length - whole + digits.length);
    rest.set(prefix.subarray(whole));
    for (let i = 0; i < digits.length; i += 1) rest[prefix.length - whole + i] = digits.charCodeAt(i);
    const end = padded(rest, prefix.length + digits.length);
    state.set(shared);
    for (let at = 0; at < end.length; at += 64) compress(state, end, at);
    if (zeroBits(state) >= bits) return digits;
    if (number % 8192 === 8191) told(number / 2 ** bits);
  }
}

/** Whether the browser's own SHA-256 says the same of that text; true where there is none. */
async function agrees(text) {
  if (!globalThis.crypto?.subtle) return true;
  const bytes = new TextEncoder().encode(text);
  const theirs = new DataView(await crypto.subtle.digest("SHA-256", bytes));
  return sha256(bytes).every((word, i) => word === theirs.getInt32(4 * i));
}

globalThis.onmessage = async ({ data: { text, bits } }) => {
  if (!(await agrees(text))) throw new Error("SHA-256 is computed wrongly here");
  postMessage({ solution: solve(text, bits, (share) => postMessage({ share })) });
};
