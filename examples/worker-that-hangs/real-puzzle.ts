// Loaded by the worker: counts the ways in which pieces can be put in a row. Its fault: with no pieces the loop never
// ends.
import { defineInterface, method, Skeleton } from "upcall";

export const Puzzle = defineInterface("Puzzle", { solve: method<(pieces: number) => number>() });

export default class RealPuzzle extends Skeleton(Puzzle) {
  solve(pieces: number): number {
    let ways = 1;
    for (let left = pieces; left !== 1; left--) ways *= left;
    return ways;
  }
}
