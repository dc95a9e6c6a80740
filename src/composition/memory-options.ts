// Composition: what only the main door can do. Who says it at the door for `memory:` alone is told so, and what to do instead:
// an option that is passed over in silence is a door left open, or a limit that nobody keeps.

import { notExecuted } from "../errors.ts";
import { anything, mustBeOptions, type Shape } from "../options.ts";

/** Why each is refused; what says no more than what is so here anyway is none of them. */
const refusals: Readonly<Record<string, { readonly harmless: readonly unknown[]; readonly why: string }>> = {
  authenticate: doors("authenticate"),
  authorize: doors("authorize"),
  token: {
    harmless: [undefined],
    why: "token shows a server who calls, and servers of memory: alone have no doors: everybody here is this program, so leave it out",
  },
  ambient: {
    harmless: [undefined, false],
    why: "ambient follows calls through promises by what only Node has: ask context() before the method's first await, keep what it gives, and hand the call on with context().bind(proxy)",
  },
  wire: {
    harmless: [undefined, "native"],
    why: 'wire must be "native" here: the plain wire is for programs that have a socket, so leave it out',
  },
  end: {
    harmless: [undefined],
    why: "end says where a message of the plain wire ends, which is not spoken here: leave it out",
  },
  workers: {
    harmless: [undefined, "inline"],
    why: 'workers must be "inline" here: a browser has none of Node\'s threads and processes, so leave it out',
  },
  reflection: {
    harmless: [undefined, true],
    why: "reflection cannot be turned off here, where nobody but this program can ask: leave it out",
  },
  onConnection: {
    harmless: [undefined],
    why: 'onConnection is not told here: give each connection an object of its own, with implement(Subject, make, { per: "connection" })',
  },
  onMessage: {
    harmless: [undefined],
    why: "onMessage is told of what workers' own code says, and there are no workers here: leave it out",
  },
  insecure: {
    harmless: [undefined, false],
    why: "insecure is for udp:, which is not here: leave it out",
  },
  connectTimeout: {
    harmless: [undefined],
    why: "connectTimeout does nothing here, where connecting takes no time: leave it out, and say timeout for the calls",
  },
  signal: {
    harmless: [undefined],
    why: "signal gives up connecting, which takes no time here: leave it out, and give one to the calls, as in within(proxy, { signal })",
  },
};

function doors(name: string): { readonly harmless: readonly unknown[]; readonly why: string } {
  return {
    // Not even undefined: a secret that was meant and is not there must not leave the door open.
    harmless: [],
    why: `${name} is for servers that others reach: memory: alone is reached by this program only, so leave it out here`,
  };
}

/** Those of them that may be said here all the same, as they are here anyway. */
export const harmlessShapes: Readonly<Record<string, Shape>> = {
  wire: anything,
  workers: anything,
  ambient: anything,
  reflection: anything,
  insecure: anything,
};

/** Errors: INVALID_ARGUMENT (BAD_OPTION) for what is no object; UNIMPLEMENTED (NOT_SUPPORTED) for what the main door knows and this one cannot do. */
export function checkMemoryOptions(where: string, options: unknown): void {
  if (options === undefined) return;
  mustBeOptions(where, options);
  for (const [name, { harmless, why }] of Object.entries(refusals))
    if (name in options && !harmless.includes(Reflect.get(options, name)))
      throw notExecuted("UNIMPLEMENTED", "NOT_SUPPORTED", why);
}
