// What the cost tests call: a text given back, and a call that stays in flight.
import { defineInterface, implement, method, type SkeletonOf } from "upcall";

export const Subject = defineInterface("Cost", {
  echo: method<(text: string) => string>(),
  never: method<() => string>(),
});

export function object(): SkeletonOf<typeof Subject> {
  return implement(Subject, {
    echo: (text) => text,
    never: () => new Promise<string>(() => {}),
  });
}

/** As many connections and calls as the tests make. */
export const many = { connections: 10_000, connectionsPerAddress: 10_000, running: 20_000, runningServer: 20_000 };

export const text = "a text of thirty-two characters.";
