// The command: the signals that end a server. The first lets it finish its work, a second one does not.

import { constants } from "node:os";

type EndingSignal = "SIGINT" | "SIGTERM";

/**
 * Milliseconds in which a second signal counts as a copy of the first one. Where the shell is bash, npm and npx pass on
 * the Ctrl-C that the terminal has already sent to the command. No person presses it twice so fast.
 */
const echoMs = 50;

/** Fulfilled by the first SIGINT or SIGTERM; a second one ends the process at once, with 128 and its number. */
export function untilSignal(): Promise<EndingSignal> {
  return new Promise((resolve) => {
    let first: number | null = null;
    const came = (signal: EndingSignal): void => {
      if (first === null) {
        first = performance.now();
        resolve(signal);
      } else if (performance.now() - first > echoMs) {
        process.exit(128 + constants.signals[signal]);
      }
    };
    process.on("SIGINT", came);
    process.on("SIGTERM", came);
  });
}
