// @ts-check
// The product's interface for small calls beside long messages, and the object behind it; workers load it as well.
import { defineInterface, implement, method } from "../../lib/index.js";

/** @typedef {import("../../dist/index.js").Method<(bytes: Uint8Array) => number>} Put */
export const Beside = defineInterface("Beside", {
  /** @type {import("../../dist/index.js").Method<(text: string) => string>} */
  echo: method(),
  /** @type {Put} */
  put: method(),
  /** @type {Put} */
  lend: method({ borrows: true }),
});

/** The last page's number and the length: a whole sum would be a part of what is measured. */
export function sumOf(/** @type {Uint8Array} */ bytes) {
  const last = bytes.length - 4_096;
  return bytes.length + (bytes[last] ?? 0) * 256 + (bytes[last + 1] ?? 0);
}

export default implement(Beside, {
  echo: (/** @type {string} */ text) => text,
  put: sumOf,
  lend: sumOf,
});
