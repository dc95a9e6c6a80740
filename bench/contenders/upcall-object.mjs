// The object behind upcall's contenders, as a module that workers load.
import { implement } from "../../lib/index.js";
import { numbers, reverse, spin } from "../works.mjs";
import { Bench } from "./upcall-interface.mjs";

export default implement(Bench, {
  reverse,
  echo: (/** @type {Uint8Array} */ bytes) => bytes,
  records: (/** @type {unknown} */ list) => list,
  spin,
  numbers,
});
