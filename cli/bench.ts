// The command: `upcall bench`. Load on a server, and the results; its parts are in bench/.

import { Live } from "./bench/live.ts";
import { measure } from "./bench/measure.ts";
import { resultOf } from "./bench/result.ts";
import { show } from "./bench/show.ts";
import { targetOf } from "./bench/target.ts";
import { termsOf } from "./bench/terms.ts";
import { reporting } from "./failure.ts";
import { printJson } from "./print.ts";
import { untilSignal } from "./signals.ts";

/** @returns the exit code: 1 also when a call failed, or none returned */
export async function bench(args: readonly string[]): Promise<number> {
  const terms = termsOf(args);
  const { url, token, aim, json } = terms;
  let good = false;
  const situation =
    aim.wire === "plain"
      ? { url, plain: true }
      : { url, shown: token !== undefined, asked: aim.asked, notJson: aim.notJson };
  const code = await reporting(json, situation, async () => {
    const target = await targetOf(terms);
    const live = new Live(process.stderr, json);
    try {
      const measured = await measure(target, terms.load, terms.warmUp, untilSignal(), (progress) =>
        live.show(progress),
      );
      live.end();
      const result = resultOf(terms, target.method, measured);
      if (json) printJson(result);
      else show(result);
      good = result.failed === 0 && result.returned > 0;
    } finally {
      live.end();
      await target.close();
    }
  });
  return good ? code : 1;
}
