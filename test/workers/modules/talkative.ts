// An object whose own code speaks to whoever started its worker, as a program under PM2 does, and shuts its ways to it.
import { appendFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { defineInterface, implement, method } from "upcall";

export const Talkative = defineInterface("Talkative", {
  ping: method<() => string>(),
  /** Says one of {@link odd}, or something that cannot be sent; gives whether it went out. */
  say: method<(which: number) => string>(),
  /** Writes into a file what its own handlers are told. */
  listen: method<(file: string) => void>(),
  shut: method<() => void>(),
});

class Own {
  readonly ready = false;
  get message(): string {
    return "a getter";
  }
}

/** What owners may be told, and must not look into. */
export const odd: readonly unknown[] = [
  "ready",
  null,
  0,
  true,
  12n,
  "taken",
  [],
  {},
  { taken: true },
  { ready: true },
  { ready: false, message: "it is over", unsupported: false },
  { ready: false },
  { counters: null },
  { counters: { callsMade: 7 } },
  { task: null },
  { drain: true },
  { upcall: null, message: { ready: false } },
  { upcall: "", message: { ready: false, message: "it is over" } },
  { upcall: "a guess", message: { counters: {} } },
  { message: "a message" },
  { kind: "done" },
  { cmd: "NODE_HANDLE" },
  { cmd: "NODE_HANDLE", type: "net.Socket" },
  { cmd: "NODE_HANDLE_ACK" },
  { cmd: "NODE_HANDLE_NACK" },
  { cmd: "NODE_SOCKET_NOTIFY_CLOSE", key: "x" },
  new Map([["ready", false]]),
  new Error("ready"),
  new Uint8Array(70_000),
  { ...Object.fromEntries([["__proto__", 1]]), constructor: 1, toString: 1, hasOwnProperty: 1 },
];

function send(message: unknown): void {
  if (parentPort !== null) parentPort.postMessage(message);
  else process.send?.(message);
}

// As PM2 wants it, before anything is ready.
send("ready");

export default implement(Talkative, {
  ping: () => "pong",
  say(which) {
    try {
      send(which < odd.length ? odd[which] : which === odd.length ? () => {} : new Own());
      return "sent";
    } catch {
      return "refused";
    }
  },
  listen(file) {
    const heard = (message: unknown): void => appendFileSync(file, `${JSON.stringify(message)}\n`);
    if (parentPort !== null) parentPort.on("message", heard);
    else process.on("message", heard);
  },
  shut() {
    if (parentPort !== null) parentPort.close();
    else process.disconnect?.();
  },
});
