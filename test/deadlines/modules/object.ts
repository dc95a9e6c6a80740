// The object behind Subject, as servers and workers load it.
import { appendFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { context, implement, UpcallError } from "upcall";
import { type Deed, Subject } from "./subject.ts";

export default implement(Subject, {
  run(file: string, call: number, deed: Deed, ms: number) {
    const { signal } = context();
    appendFileSync(file, `${call}\n`);
    return done(call, deed, ms, signal);
  },
  pid: () => process.pid,
  exit() {
    // A server that does the work itself would be gone with it.
    if (!isMainThread || process.send === undefined) process.exit(3);
  },
});

function done(call: number, deed: Deed, ms: number, signal: AbortSignal): number | Promise<number> {
  switch (deed) {
    case "return":
      return call;
    case "wait":
      return new Promise((resolve) => setTimeout(() => resolve(call), ms));
    case "spin": {
      const end = performance.now() + ms;
      while (performance.now() < end);
      return call;
    }
    case "throw":
      throw new UpcallError("NOT_FOUND", "as it was told");
    case "hang":
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    case "ignore":
      return new Promise(() => {});
  }
}
