// A rolling restart: two servers are ended and started again, one after the other, under load, and no call is lost.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect, retry } from "upcall";
import { nothingFrom } from "../arguments.ts";
import { Counter } from "./counter.ts";

nothingFrom("two-servers");

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
}

async function start(url = "tcp://localhost:0"): Promise<Started> {
  const child = fork(new URL("./server.js", import.meta.url), [url]);
  const [given] = await once(child, "message");
  return { child, url: String(given) };
}

async function restart({ child, url }: Started): Promise<Started> {
  child.kill("SIGTERM");
  await once(child, "exit");
  return await start(url);
}

const servers = await Promise.all([start(), start()]);
const urls = servers.map(({ url }) => url);
// Each call goes to the server with the fewest calls in flight; one that fails is made again where that does no harm.
const counter = await connect(Counter, urls, { interceptors: [retry()] });

let [made, right] = [0, 0];
let stop = false;
/** One of many callers: one call after the other. */
async function caller(): Promise<void> {
  while (!stop) {
    const value = made++;
    if ((await counter.square(value)) === value * value) right++;
  }
}
const callers = Array.from({ length: 20 }, caller);

for (const [number, server] of servers.entries()) {
  servers[number] = await restart(server);
  console.log(`server ${number + 1} was restarted`);
}
stop = true;
await Promise.all(callers);
console.log(made > 0 && right === made ? "no call was lost" : `${made - right} calls were lost`);

await counter[Symbol.asyncDispose]();
for (const { child } of servers) child.kill("SIGTERM");
