// What is thrown that has no class of this realm, and a module whose methods throw it.

import { runInNewContext } from "node:vm";
import { defineInterface, implement, method } from "upcall";

/** As a test runner's sandbox or a template makes one. */
export function foreign(): unknown {
  return runInNewContext("new RangeError('out of range', { cause: new Error('the index was 12') })");
}

const Job = defineInterface("Job", { run: method<() => void>(), object: method<() => void>() });

export default implement(Job, {
  run: () => {
    throw foreign();
  },
  object: () => {
    throw { status: 404, message: "missing in table users" };
  },
});
