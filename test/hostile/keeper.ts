// In the attacked process: a server that can be opened and closed from outside, and a client that is told to leave early.

import { close, connect, type Implementation, implement, type Server, serve, UpcallError } from "upcall";
import type { RealTarget } from "./real-target.ts";
import { Keeper, Target } from "./target.ts";

class RealKeeper implements Implementation<typeof Keeper> {
  readonly #real: RealTarget;
  #inner: Server | null = null;

  constructor(real: RealTarget) {
    this.#real = real;
  }

  get inner(): Server | null {
    return this.#inner;
  }

  async open(): Promise<string> {
    this.#inner = await serve([implement(Target, this.#real)], "tcp://127.0.0.1:0", { limits: { drain: 500 } });
    return this.#inner.url;
  }

  async close(times: number): Promise<string> {
    const inner = this.#inner;
    if (inner === null) return "nothing was open";
    await Promise.all(Array.from({ length: times }, () => inner.close()));
    const { connectionsNow, runningNow } = inner.counters();
    return `closed with ${connectionsNow} connections and ${runningNow} calls`;
  }

  async flee(url: string, how: string): Promise<string> {
    if (how === "gives up") {
      const giving = new AbortController();
      const connecting = connect(Target, url, { signal: giving.signal }).then(() => "connected", told);
      giving.abort();
      return await connecting;
    }
    const connected = await connect(Target, url, { limits: { drain: 200 } }).catch(told);
    // Whoever accepts and ends at once may be noticed before there is a proxy.
    if (typeof connected === "string") return connected;
    const target = connected;
    const calls = [target.reverse("a"), target.reverse("b")].map((call) => call.then(() => "a reply", told));
    if (how === "closes later") await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([close(target), close(target)]);
    const after = target.reverse("c").then(() => "a reply", told);
    return [...new Set(await Promise.all([...calls, after]))].join(", ");
  }
}

function told(error: unknown): string {
  return error instanceof UpcallError ? `${error.code} ${error.reason} ${error.outcome}` : String(error);
}

/** Its counters are those of both: of the server that is asked and of the one that is closed. */
export async function serveKeeper(real: RealTarget): Promise<Pick<Server, "urls" | "counters">> {
  const keeper = new RealKeeper(real);
  const server = await serve([implement(Target, real), implement(Keeper, keeper)], "tcp://127.0.0.1:0");
  return {
    urls: server.urls,
    counters() {
      const inner: Readonly<Record<string, number>> = { ...keeper.inner?.counters() };
      const own = Object.entries(server.counters()).map(([name, value]) => [name, value + (inner[name] ?? 0)]);
      return Object.fromEntries(own) as ReturnType<Server["counters"]>;
    },
  };
}
