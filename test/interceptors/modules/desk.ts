// A module whose methods state what they did, and answer metadata beside streams; its interceptors answer as well.
import { connect, context, type Interceptor, implement, UpcallError } from "upcall";
import { Desk, type DeskState } from "../desk.ts";

export function realDesk(state: DeskState = { entered: 0, failures: 0 }) {
  const fail = (code: "UNAVAILABLE" | "RESOURCE_EXHAUSTED", options: object): void => {
    state.entered++;
    if (state.failures-- > 0) throw new UpcallError(code, "not now", options);
  };
  return {
    warming: () => {
      fail("UNAVAILABLE", { outcome: "not-executed" });
      return state.entered;
    },
    busy: () => {
      fail("RESOURCE_EXHAUSTED", { reason: "BUSY", outcome: "not-executed" });
      return state.entered;
    },
    down: () => {
      fail("UNAVAILABLE", {});
      return state.entered;
    },
    again: () => {
      fail("UNAVAILABLE", {});
      return state.entered;
    },
    /** What another server states says nothing of what was done here. */
    passesOn: async (url: string): Promise<number> => {
      await using other = await connect(Desk, url, { reconnect: false });
      return await other.warming();
    },
    /** Nor does what its own connection says. */
    closed: async (url: string): Promise<number> => {
      const other = await connect(Desk, url, { reconnect: false });
      await other[Symbol.asyncDispose]();
      return await other.warming();
    },
    who: () => {
      context().answer({ object: "yes" });
      return "desk";
    },
    failing: (): never => {
      context().answer({ object: "yes" });
      throw new UpcallError("NOT_FOUND", "no");
    },
    async *asynchronous() {
      context().answer({ total: "2" });
      yield 1;
      yield 2;
    },
    *synchronous() {
      context().answer({ total: "2" });
      yield 1;
      yield 2;
    },
    given: () => {
      context().answer({ total: "2" });
      return [1, 2];
    },
    checked: async function* () {
      context().answer({ total: "2" });
      yield 1;
      yield 2;
    },
    async *late() {
      const call = context();
      yield 1;
      call.answer({ total: "1" });
    },
  };
}

export default implement(Desk, realDesk());

export const interceptors: Interceptor[] = [
  async (call, next) => {
    if (call.side !== "callee") return await next();
    call.answer({ before: String(call.identity) });
    try {
      return await next();
    } finally {
      call.answer({ after: Object.keys(call.answered).sort().join(" ") });
    }
  },
];
