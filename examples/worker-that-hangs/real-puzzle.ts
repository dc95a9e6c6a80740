// Loaded by the worker: counts the ways in which pieces can be put in a row, and forgot that there may be none.
import { defineInterface, method, Skeleton } from "upcall";

export const Puzzle = defineInterface("Puzzle", { solve: method<(pieces: number) => number>() });

export default class RealPuzzle extends Skeleton(Puzzle) {
  solve(pieces: number): number {
    let ways = 1;
    for (let left = pieces; left !== 1; left--) ways *= left;
    return ways;
  }
}
