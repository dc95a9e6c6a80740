// A client that behaves well while another one does not: it goes on calling, and counts what it lost.
import { monitor } from "../../build/test/hostile/monitor.js";

/** Milliseconds between two calls, as upcall's own witness has it. */
const pause = 4;

/** Goes on for ever. @param {(text: string) => Promise<string>} call */
export async function witness(call) {
  const seen = { calls: 0, lost: 0, worst: 0 };
  let last = "";
  await call("warm");
  monitor({
    counters: () => {
      const values = { ...seen };
      seen.worst = 0;
      return values;
    },
    tripped: () => (last === "" ? [] : [last]),
  });
  process.send?.({});
  for (let round = 0; ; round++) {
    const begun = performance.now();
    try {
      const reply = await call(`ab${round}`);
      if (reply !== `${Array.from(String(round)).reverse().join("")}ba`) throw new Error(`it was told ${reply}`);
      seen.calls++;
    } catch (error) {
      seen.lost++;
      last = String(error);
    }
    seen.worst = Math.max(seen.worst, performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
