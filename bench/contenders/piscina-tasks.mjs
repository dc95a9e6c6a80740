// What piscina's thread runs.
export { reverse } from "../works.mjs";
export const echo = (/** @type {Uint8Array} */ bytes) => bytes;
export const records = (/** @type {unknown} */ list) => list;
