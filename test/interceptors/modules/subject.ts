// What workers serve, with interceptors of their own: they say where they ran, and turn some calls away.

import { threadId } from "node:worker_threads";
import { callback, data, defineInterface, type Interceptor, method, Skeleton, UpcallError } from "upcall";

export const Subject = defineInterface("Subject", {
  where: method<() => string>(),
  calls: method({ args: [callback<(text: string) => string>()], returns: data<string>() }),
  never: method<() => void>(),
});

export default class RealSubject extends Skeleton(Subject) {
  where(): string {
    return "the object";
  }
  async calls(call: (text: string) => Promise<string>): Promise<string> {
    return await call("from the object");
  }
  never(): void {
    throw new Error("it was entered");
  }
}

export const interceptors: readonly Interceptor[] = [
  async (call, next) => {
    if (call.method === "never") throw new UpcallError("FAILED_PRECONDITION", "never", { outcome: "not-executed" });
    const args = call.side === "caller" ? [`${String(call.args[0])}, called by ${call.interface}`] : call.args;
    return `${String(await next({ args }))} in ${process.pid}/${threadId}`;
  },
];
