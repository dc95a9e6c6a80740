// What the tour shows: every medium, wire and worker model that go together.
import { media, refusal, type WireName, type Workers } from "upcall";

export interface Combination {
  readonly medium: string;
  readonly wire: WireName;
  readonly workers: Workers;
}

const wires: readonly WireName[] = ["native", "plain"];
const workers: readonly (readonly [Workers, Parameters<typeof refusal>[2]])[] = [
  ["inline", "inline"],
  ["threads:2", "threads"],
  ["processes:2", "processes"],
  ["threads:per-connection", "threads per connection"],
  ["processes:per-connection", "processes per connection"],
];

export const combinations: readonly Combination[] = media.flatMap((medium) =>
  wires.flatMap((wire) =>
    workers.filter(([, kind]) => refusal(medium, wire, kind) === null).map(([workers]) => ({ medium, wire, workers })),
  ),
);
