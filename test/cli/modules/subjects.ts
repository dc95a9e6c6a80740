// Served by the suites of the command: a class made by Skeleton(), and an object. What it returns tries everything
// that the command can print.
import { writeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { context, DeclaredError, defineInterface, implement, method, oneway, type Schema, Skeleton } from "upcall";

const Subject = defineInterface("Subject", {
  request: method<(data: string) => string>(),
  echo: method<(...values: unknown[]) => unknown>({ plain: "value", idempotent: true }),
  fail: method<(message: string) => never>({ timeout: 5_000 }),
  instance: method<() => unknown>({ plain: "value" }),
  hang: method<() => void>(),
  spin: method<() => void>(),
  untilTerminated: method<() => string>(),
  where: method<() => { pid: number; main: boolean }>({ plain: "value" }),
});

const Log = defineInterface("test.Log", {
  write: oneway<(line: string) => void>(),
  read: method<() => string[]>({ plain: "value" }),
});

/** The least that the Standard Schema interface asks for. */
const number: Schema<number> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) => (typeof value === "number" ? { value } : { issues: [{ message: "is no number" }] }),
  },
};

const Checked = defineInterface("Checked", { double: method({ args: [number], returns: number }) });

class InsufficientFunds extends DeclaredError<{ readonly missing: bigint }>("InsufficientFunds") {}
class Closed extends DeclaredError("Closed", { code: "ABORTED" }) {}

const Bank = defineInterface("Bank", {
  withdraw: method<(amount: number) => number>({ errors: [InsufficientFunds, Closed] }),
  close: method<() => void>({ errors: [Closed] }),
});

class Point {
  readonly x = 1;
}

class RealSubject extends Skeleton(Subject) {
  request(data: string): string {
    if (typeof data !== "string") throw new TypeError(`data must be a text; it is ${typeof data}`);
    return Array.from(data).reverse().join("");
  }

  echo(...values: unknown[]): unknown {
    return values.length === 1 ? values[0] : values;
  }

  fail(message: string): never {
    throw new RangeError(message);
  }

  instance(): unknown {
    return new Point();
  }

  /** Says on standard output that it runs, and never returns. */
  hang(): Promise<void> {
    process.stdout.write(`hanging for ${context().id > 0 ? "a call" : "nobody"}\n`);
    return new Promise(() => {});
  }

  /** Never gives way to anything. */
  spin(): void {
    writeSync(1, "spinning\n");
    for (;;);
  }

  untilTerminated(): Promise<string> {
    process.stdout.write("running until SIGTERM\n");
    return new Promise((resolve) => {
      // After the command's own listener, and after it has begun to close.
      process.once("SIGTERM", () => setImmediate(() => resolve("terminated")));
    });
  }

  where(): { pid: number; main: boolean } {
    return { pid: process.pid, main: isMainThread };
  }
}

const lines: string[] = [];

export default [
  RealSubject,
  implement(Log, {
    write(line) {
      lines.push(line);
    },
    read: () => lines,
  }),
  implement(Checked, { double: (n) => 2 * n }),
  implement(Bank, {
    withdraw(amount) {
      if (amount === 0) throw new Closed("closed");
      throw new InsufficientFunds("too little is there", { missing: BigInt(amount - 100) });
    },
    close() {},
  }),
];
