// What workers serve, with interceptors of their own: they say where they ran, and turn some calls away.

import { threadId } from "node:worker_threads";
import { callback, context, data, defineInterface, type Interceptor, method, Skeleton, UpcallError } from "upcall";

export const Subject = defineInterface("Subject", {
  where: method<() => string>(),
  calls: method({ args: [callback<(text: string) => string>()], returns: data<string>() }),
  never: method<() => void>(),
  /** What the object finds as the metadata of its call. */
  tenant: method<() => string>(),
});

export default class RealSubject extends Skeleton(Subject) {
  where(): string {
    return "the object";
  }
  async calls(call: (text: string) => Promise<string>): Promise<string> {
    return await call("from the object");
  }
  tenant(): string {
    return context().metadata["tenant"] ?? "none";
  }
  never(): void {
    throw new Error("it was entered");
  }
}

export const interceptors: readonly Interceptor[] = [
  async (call, next) => {
    if (call.method === "never") throw new UpcallError("FAILED_PRECONDITION", "never", { outcome: "not-executed" });
    const args = call.side === "caller" ? [`${String(call.args[0])}, called by ${call.interface}`] : call.args;
    const metadata = call.method === "tenant" ? { tenant: `${call.metadata["tenant"]}, changed` } : call.metadata;
    return `${String(await next({ args, metadata }))} in ${process.pid}/${threadId}`;
  },
];
