// Workers: how a user says who makes the upcalls, as one word that serve() and the command share.

import { availableParallelism } from "node:os";
import { notExecuted } from "../errors.ts";

type Kind = "threads" | "processes";

export type WorkersModel =
  | { readonly mode: "inline" }
  | { readonly mode: "pool"; readonly kind: Kind; readonly count: number }
  | { readonly mode: "per-connection"; readonly kind: Kind };

const maxWorkers = 256;

/** @throws UpcallError INVALID_ARGUMENT (BAD_OPTION) */
export function modelOf(workers: unknown): WorkersModel {
  if (workers === undefined || workers === "inline") return { mode: "inline" };
  const match = typeof workers === "string" ? /^(threads|processes)(?::(per-connection|\d+))?$/.exec(workers) : null;
  const kind = match?.[1] === "threads" ? "threads" : "processes";
  if (match?.[2] === "per-connection") return { mode: "per-connection", kind };
  const count = match?.[2] === undefined ? availableParallelism() : Number(match[2]);
  if (match === null || count < 1 || count > maxWorkers) {
    throw notExecuted(
      "INVALID_ARGUMENT",
      "BAD_OPTION",
      `workers is ${JSON.stringify(workers)}; it must be "inline", "threads", "processes", one of these with a number from 1 to ${maxWorkers} as in "threads:4", or "threads:per-connection"`,
    );
  }
  return { mode: "pool", kind, count };
}

/** As the table of what goes with what names it. */
export function nameOf(model: WorkersModel): "inline" | Kind | `${Kind} per connection` {
  if (model.mode === "inline") return "inline";
  return model.mode === "pool" ? model.kind : `${model.kind} per connection`;
}
