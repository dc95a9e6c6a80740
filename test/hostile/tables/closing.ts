// A server that closes, and a client that leaves, in the middle of everything.

import { createServer, type Socket } from "node:net";
import { close, connect } from "upcall";
import { handleKind } from "#internal/codec/handle.js";
import { kind } from "#internal/wire/native/frame.js";
import { frameOf } from "../../harness/stranger.ts";
import type { Offence, Table } from "../case.ts";
import { argumentsOf, handle, numberOf, type Offender } from "../offender.ts";
import { Keeper } from "../target.ts";

/** Whoever tells the attacked process what to do. */
async function told(offence: Offence, act: (keeper: Pick<KeeperProxy, "open" | "close" | "flee">) => Promise<string>) {
  const keeper = await connect(Keeper, offence.url);
  try {
    return await act(keeper);
  } finally {
    await close(keeper);
  }
}

type KeeperProxy = Awaited<ReturnType<typeof connect<typeof Keeper>>>;

/** A server that accepts, and answers nothing; or ends what it accepted at once. */
async function mute(act: (url: string) => Promise<string>, resets: boolean): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    if (resets) socket.resetAndDestroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  try {
    return await act(`tcp://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** A call that ends when it is cancelled, or one that waits for a function which never answers. */
function endless(offender: Offender, index: number): Uint8Array {
  const [name, args]: [string, unknown[]] =
    index % 2 === 0 ? ["Target.wait", []] : ["Target.ask", [handle(handleKind.mine, index)]];
  return frameOf(kind.call, { method: numberOf(name), call: offender.next(), remaining: 30_000 }, argumentsOf(args));
}

/** Each way in which a client may leave early. */
async function flights(offence: Offence, resets: boolean): Promise<string> {
  return await told(offence, async (keeper) => {
    const said: string[] = [];
    for (const how of ["closes", "closes later", "gives up"])
      said.push(await mute(async (url) => await keeper.flee(url, how), resets));
    return said.join("; ");
  });
}

export const closing: Table = {
  name: "closing",
  cases: [
    {
      name: "a server that closes with 1,000 calls in flight, twice",
      doors: ["closing tcp"],
      hears: "it goes on; 1000 run; UNAVAILABLE CLOSED not-executed; closed with 0 connections and 0 calls; closed",
      moves: ["callsReceived"],
      attack: async (offence) =>
        await told(offence, async (keeper) => {
          const url = await keeper.open();
          const offender = await (await offence.connect(undefined, url)).greet();
          let before = "";
          // Not all at once: what a thousand that begin in one turn cost is another case.
          for (let sent = 0; sent < 1_000; sent += 100) {
            await offender.write(
              Buffer.concat(Array.from({ length: 100 }, (_, index) => endless(offender, sent + index))),
            );
            before = await offender.served();
          }
          const running = await offence.counter("runningNow");
          const closed = keeper.close(2);
          // It goes away, and is called all the same.
          await offender.until(() => offender.frames.length > 0 && offender.count(kind.goAway) > 0);
          const late = await offender.ask("Target.reverse", ["ab"]);
          await offender.until(() => offender.ended);
          // Calls that were cancelled are answered by the end of the connection.
          return `${before}; ${running} run; ${late}; ${await closed}; ${offender.heard}`;
        }),
    },
    {
      name: "a client that closes, or gives up, before a server that says nothing has answered it",
      doors: ["closing tcp"],
      // Its calls may have arrived; those it makes afterwards have not.
      hears:
        "CANCELLED CLOSED unknown, UNAVAILABLE CLOSED not-executed; CANCELLED CLOSED unknown, UNAVAILABLE CLOSED not-executed; CANCELLED ABORTED not-executed",
      moves: [],
      attack: async (offence) => await flights(offence, false),
    },
    {
      name: "a client that closes, or gives up, while its connections are reset",
      doors: ["closing tcp"],
      // It depends on the system when it hears of that.
      hears:
        /^((UNAVAILABLE CONNECTION_LOST (unknown|not-executed)|UNAVAILABLE CLOSED not-executed|CANCELLED CLOSED unknown|CANCELLED ABORTED not-executed)[,;]? ?)+$/,
      moves: [],
      attack: async (offence) => await flights(offence, true),
    },
  ],
};
