// The well-behaved client: it goes on calling each server it is told of, and counts the calls that it lost. It has a
// process of its own, so that it waits for the server alone.
//
// Its arguments are wires and URLs, one after the other.

import { connect } from "upcall";
import { secret } from "../guards.ts";
import { monitor } from "../monitor.ts";
import { Line, Target } from "../target.ts";

const args = process.argv.slice(2);

/** Milliseconds between two calls. */
const pause = 4;

let calls = 0;
let lost = 0;
let last = "";
let worst = 0;

type Call = (text: string) => Promise<string>;

async function open(wire: string, url: string): Promise<Call> {
  if (wire === "native" || wire === "doors" || wire === "secret") {
    const target = await connect(Target, url, wire === "native" ? {} : { token: secret });
    return (text) => target.reverse(text);
  }
  const end = wire as "newline" | "half-close" | "chunk";
  const line = await connect(Line, url, { wire: "plain", end });
  return (text) => line.request(text);
}

async function go(call: Call): Promise<never> {
  for (let round = 0; ; round++) {
    const begun = performance.now();
    try {
      const reply = await call(`ab${round}`);
      if (reply !== `${Array.from(String(round)).reverse().join("")}ba`) throw new Error(`it was told ${reply}`);
      calls++;
    } catch (error) {
      lost++;
      last = String(error);
    }
    worst = Math.max(worst, performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

for (let at = 0; at < args.length; at += 2) {
  const call = await open(args[at] ?? "", args[at + 1] ?? "");
  await call("warm");
  void go(call);
}

monitor({
  counters: () => {
    const values = { calls, lost, worst };
    worst = 0;
    return values;
  },
  // What it lost last, where the judge looks for what should not be.
  tripped: () => (last === "" ? [] : [last]),
});
process.send?.({});
