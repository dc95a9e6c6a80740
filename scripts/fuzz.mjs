// Gives the decoders fresh inputs: `node scripts/fuzz.mjs [--seed N] [--count N] [words]`, after a
// build. Words choose among them by their names. What it prints repeats a run exactly.
import "./on-modules.mjs";
import { parseArgs } from "node:util";
import { decoders } from "../build/test/fuzz/bytes.js";
import { fuzz } from "../build/test/fuzz/fuzz.js";
import { Random } from "../build/test/fuzz/random.js";
import { talkers } from "../build/test/fuzz/sessions.js";

const { values, positionals } = parseArgs({
  options: {
    seed: { type: "string", default: `${Math.floor(Math.random() * 2 ** 31)}` },
    count: { type: "string", default: "2000000" },
  },
  allowPositionals: true,
});
const [seed, count] = [Number(values.seed), Number(values.count)];
for (const make of [...decoders, ...talkers]) {
  const { name } = make(new Random(seed));
  if (positionals.length > 0 && !positionals.some((word) => name.includes(word))) continue;
  try {
    const { refused, taken, seconds, grown } = await fuzz(make, { seed, count });
    process.stdout.write(
      `${name}: seed ${seed}, ${refused} refused, ${taken} taken, ${seconds.toFixed(1)} s, ${grown.toFixed(1)} MiB left\n`,
    );
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
