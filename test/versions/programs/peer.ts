// One version of upcall as a process, which serves and calls as its parent's messages say. Where it lies decides the version.
import { begin, beginPlain, end, place } from "../serving.ts";
import { drained, plainly, turnedAway, walk } from "../walk.ts";

const doings: Readonly<Record<string, (...args: never[]) => Promise<unknown>>> = {
  begin,
  beginPlain,
  end,
  place,
  walk,
  drained,
  plainly,
  turnedAway,
};

process.on("message", ({ id, what, args }: { id: number; what: string; args: never[] }) => {
  const done = doings[what]?.(...args) ?? Promise.reject(new Error(`${what} is nothing that a peer does`));
  done.then(
    (value) => process.send?.({ id, value }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.stack : String(error) }),
  );
});
// The parent has gone.
process.on("disconnect", () => process.exit());
