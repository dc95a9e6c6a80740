// Codec, on the way up, the commonest step: a short ASCII string from its bytes. It knows nothing else.
import { byteAt } from "./value-reader.ts";

/** The most bytes that {@link toAscii} takes. */
export const longestAscii = 24;

const text = String.fromCharCode;

/**
 * The string of 1 to 24 bytes; "" when they are not ASCII. It is spelled out for speed: one call of fromCharCode with
 * all units takes 10 to 45 ns, a call into the platform 80 ns, and a loop that joins strings more than either. The
 * engine would also copy a joined string once more when it is read.
 */
export function toAscii(bytes: Uint8Array, at: number, length: number): string {
  const a = byteAt(bytes, at);
  let all = a;
  if (length === 1) return all < 0x80 ? text(a) : "";
  const b = byteAt(bytes, at + 1);
  all |= b;
  if (length === 2) return all < 0x80 ? text(a, b) : "";
  const c = byteAt(bytes, at + 2);
  all |= c;
  if (length === 3) return all < 0x80 ? text(a, b, c) : "";
  const d = byteAt(bytes, at + 3);
  all |= d;
  if (length === 4) return all < 0x80 ? text(a, b, c, d) : "";
  const e = byteAt(bytes, at + 4);
  all |= e;
  if (length === 5) return all < 0x80 ? text(a, b, c, d, e) : "";
  const f = byteAt(bytes, at + 5);
  all |= f;
  if (length === 6) return all < 0x80 ? text(a, b, c, d, e, f) : "";
  const g = byteAt(bytes, at + 6);
  all |= g;
  if (length === 7) return all < 0x80 ? text(a, b, c, d, e, f, g) : "";
  const h = byteAt(bytes, at + 7);
  all |= h;
  if (length === 8) return all < 0x80 ? text(a, b, c, d, e, f, g, h) : "";
  const i = byteAt(bytes, at + 8);
  all |= i;
  if (length === 9) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i) : "";
  const j = byteAt(bytes, at + 9);
  all |= j;
  if (length === 10) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j) : "";
  const k = byteAt(bytes, at + 10);
  all |= k;
  if (length === 11) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k) : "";
  const l = byteAt(bytes, at + 11);
  all |= l;
  if (length === 12) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l) : "";
  const m = byteAt(bytes, at + 12);
  all |= m;
  if (length === 13) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m) : "";
  const n = byteAt(bytes, at + 13);
  all |= n;
  if (length === 14) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n) : "";
  const o = byteAt(bytes, at + 14);
  all |= o;
  if (length === 15) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o) : "";
  const p = byteAt(bytes, at + 15);
  all |= p;
  if (length === 16) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) : "";
  const q = byteAt(bytes, at + 16);
  all |= q;
  if (length === 17) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q) : "";
  const r = byteAt(bytes, at + 17);
  all |= r;
  if (length === 18) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r) : "";
  const s = byteAt(bytes, at + 18);
  all |= s;
  if (length === 19) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s) : "";
  const t = byteAt(bytes, at + 19);
  all |= t;
  if (length === 20) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t) : "";
  const u = byteAt(bytes, at + 20);
  all |= u;
  if (length === 21) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u) : "";
  const v = byteAt(bytes, at + 21);
  all |= v;
  if (length === 22) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v) : "";
  const w = byteAt(bytes, at + 22);
  all |= w;
  if (length === 23) return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w) : "";
  const x = byteAt(bytes, at + 23);
  all |= x;
  if (length === 24)
    return all < 0x80 ? text(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x) : "";
  return "";
}
