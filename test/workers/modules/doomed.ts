// A module whose workers end in every way there is, and that can be loaded while a file says "good".
import { readFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { defineInterface, implement, method } from "upcall";

export const Doomed = defineInterface("Doomed", {
  ping: method<() => string>(),
  end: method<(how: string) => void>(),
});

/** What must not reach a caller. */
export const secret = "password hunter2 was refused by db.internal";

const file = decodeURIComponent(new URL(import.meta.url).search.slice(1));
if (file !== "") {
  const said = readFileSync(file, "utf8");
  if (said === "throws") throw new Error(secret);
  if (said === "exits") process.exit(7);
  if (said === "hangs") {
    const timer = setTimeout(() => {}, 2 ** 31 - 1);
    // Where the tests run it must not keep them from ending.
    if (isMainThread && process.send === undefined) timer.unref();
    await never();
  }
  if (said === "cannot end") await never();
  if (said === "loops") for (;;);
}

function never(): Promise<void> {
  return new Promise(() => {});
}

export default implement(Doomed, {
  ping: () => "pong",
  end(how) {
    if (how === "exit") process.exit(3);
    if (how === "exit well") process.exit(0);
    if (how === "uncaught")
      setImmediate(() => {
        throw new Error(secret, { cause: new TypeError(`${secret} again`) });
      });
    if (how === "null")
      setImmediate(() => {
        throw null;
      });
    if (how === "object")
      setImmediate(() => {
        throw { message: secret, stack: secret, name: secret };
      });
    if (how === "rejection") void Promise.reject(new Error(secret));
    return never();
  },
});
