// The command: the pages of --help, and the part of them that is shown after wrong usage.

export const commandNames = ["serve", "call", "list", "describe", "ping", "bench"] as const;
export type CommandName = (typeof commandNames)[number];

const general = `upcall: serve objects and call them from the command line

usage: upcall <command> ...

  upcall serve <module> --on <url>...        serve what a module exports
  upcall call <url> <Interface.method> ...   call a method and print its result
  upcall list <url>                          what a server has
  upcall describe <url> [Interface]          its methods, one by one
  upcall ping <url>                          how long the way there and back takes
  upcall bench <url> <Interface.method> ...  put load on a server: calls/s and percentiles

  upcall <command> --help, upcall help <command>, upcall --version

a url is a medium and an address: tcp://localhost:7000, tcp://*:7000, tcp://[::1]:7000, unix:/run/app.sock,
  and udp://localhost:7000 for the plain wire; or several servers with the same objects, with commas in between:
  tcp://one:7000,tcp://two:7000, one of which is enough
a token, where a server asks for one, is in the file of --token-file <file> or in UPCALL_TOKEN in the environment; there
  is no --token, because all who use a machine can read the arguments of its processes
exit codes: 0 done, 1 it failed (standard error says how), 2 wrong usage
`;

const serve = `upcall serve: serve what a module exports

usage: upcall serve <module> --on <url>... [options]

  <module>               a JavaScript file; its default export is a class made by Skeleton(Interface), constructed
                         without arguments, or implement(Interface, object), or an array of these
  --on <url>             where to listen; may be said several times; port 0 takes the first free one
  --wire native|plain    native (default): many calls at once, all values; plain: raw text or bytes, for one method
  --end chunk|newline|half-close
                         where a plain message ends; default chunk: what can be read at once, at most 64 KiB
  --workers <model>      where the upcalls run: inline (default), threads, processes, threads:4, threads:per-connection,
                         processes:per-connection, ...; each worker has a state of its own
  --expose nothing|message|everything
                         what callers are shown of errors that no interface declares; default nothing but an id, under
                         which standard error has the rest
  --token-file <file>    let in only callers with a token: each line of the file is one, and any of them is enough; or
                         those of UPCALL_TOKEN in the environment. Without both, every caller is let in
  --insecure             take datagrams of other machines, which prove nothing about their sender
  --no-reflection        do not tell clients what is served
  --json                 say what happens in lines of JSON

prints "listening on <url>" for each --on, in their order, with the real port. SIGINT and SIGTERM let running calls
finish (up to 10 s) and end with code 0; a second one ends at once.

  upcall serve ./server.js --on tcp://localhost:7000 --on unix:/tmp/app.sock
`;

const call = `upcall call: call a method and print its result as JSON, a stream item by item

usage: upcall call <url> <Interface.method> [argument...] [options]
       upcall call <url> --wire plain <text> [options]

  --text            take every argument as a string; without it one is JSON, or a string where it is no JSON
  --timeout <ms>    of the call; default 30000, or what the method says. Connecting, and asking what the server has, get
                    as long, and 5000 at least
  --token-file <file>
                    the token for the server: the file's first line, or else that of UPCALL_TOKEN in the environment
  --wire plain      send one text and print the reply's bytes as they are; on a terminal, in lines, with escapes for
                    what the terminal would obey
  --end chunk|newline|half-close
                    where a plain message and its reply end; without it the message is sent as it is, at most
                    64 KiB, and the reply ends where the server closes; with chunk one receive is the reply
  --json            say errors as JSON too, with the name and the data of a declared one

a stream is printed item by item, one a line, and Ctrl-C ends it at its producer; for a stream argument, give an array
what JSON lacks is read and written as
  {"$undefined":true} {"$number":"NaN"} {"$bigint":"123"} {"$date":"2026-11-05T12:00:00.000Z"} {"$bytes":"<base64>"}
  {"$array":{"kind":"Float32Array","base64":"..."}} {"$map":[[key,value],...]} {"$set":[value,...]}
  {"$error":{"name":"Error","message":"..."}}; an object that really has one such member: {"$object":{"$bytes":...}}

  upcall call tcp://localhost:7000 Subject.request hello
  upcall call tcp://one:7000,tcp://two:7000 Subject.request hello
  upcall call tcp://localhost:7000 Bank.transfer '{"from":1,"to":2}' '{"$bigint":"5"}' -- --not-an-option
`;

const list = `upcall list: what a server has

usage: upcall list <url> [--timeout <ms>] [--token-file <file>] [--json]

  --timeout <ms>    of connecting and of asking; default 30000
  --token-file <file>
                    the token for the server, as in upcall call
  --json            the table as JSON: [{"name","methods":[...],"fingerprint"}]

the fingerprint is equal where names, kinds and specs of the methods are.
`;

const describe = `upcall describe: the methods of a server, one by one

usage: upcall describe <url> [Interface] [--timeout <ms>] [--token-file <file>] [--json]

  --timeout <ms>    of connecting and of asking; default 30000
  --token-file <file>
                    the token for the server, as in upcall call
  --json            the tables as JSON: [{"name","fingerprint","methods":[{"name","kind",...}]}]

"-" under ARGUMENTS, RESULT and DATA means that their types are known to the compiler only.
`;

const ping = `upcall ping: how long the way there and back takes

usage: upcall ping <url> [--count <n>] [--timeout <ms>] [--token-file <file>] [--json]

  --count <n>       pings, one after the other; default 10
  --timeout <ms>    of connecting and of each ping; default 10000
  --token-file <file>
                    the token for the server, as in upcall call
  --json            {"url","count","min","median","max"}, in milliseconds
`;

const bench = `upcall bench: put load on a server, and tell how many calls it does and how long they take

usage: upcall bench <url> <Interface.method> [argument...] [options]
       upcall bench <url> --wire plain <text> [options]

the same call is made again and again, with arguments as upcall call takes them. The closed loop makes the next call
when one ends; with --rate the loop is open: calls are made when they are due, however long the others take.

  --in-flight <n>     calls at once, over all connections; default 64, and 1024 at most where --rate says how many
  --connections <n>   default 1, to each url; on the plain wire each call has its own
  --duration <s>      seconds of measuring; default 10, or with --calls as long as those take
  --warm-up <s>       seconds of the same load before it, which do not count; default 1
  --calls <n>         make so many calls and no more
  --rate <calls/s>    the open loop; it keeps a processor busy, so that calls are made when they are due
  --timeout <ms>      of each call; default 30000, or what the method says. Connecting, and asking what the server has,
                      get as long, and 5000 at least
  --text, --token-file <file>, --wire plain, --end chunk|newline|half-close
                      as in upcall call
  --json              print one object, and no line meanwhile

times are of the calls that returned or ended by their deadline, and at most 0.4 % too long.
in the closed loop they count from when a call was made. While the server stalls none is made, so that a stall counts
once for each call in flight, however long it is. "at a steady pace" adds, as HdrHistogram does, the calls that as many
callers would have made meanwhile at the median's pace: an estimate.
with --rate they count from when a call was due, as wrk2's do: a stall is seen as callers at that rate see it.

--json prints, with null for what there is not, and times in milliseconds:
  url, method, loop ("closed" or "open"), inFlight, connections, rate, warmUp, seconds, interrupted
  calls = returned + failed + unfinished; overdue: due, and not made; connectionsLost
  callsPerSecond, bytesSentPerSecond, bytesReceivedPerSecond; processor: the share of one that this command took
  times {count, min, mean, p50, p90, p99, "p99.9", max}; histogram [{from, to, count}] of the same
  steady {interval, added, p50, ..., max}: the times at a steady pace; late {p50, ..., max}: from due to made
  timeline {sliceSeconds, calls [...]}: calls that ended in each slice
  errors [{code, reason, outcome, message, count, longest}]

Ctrl-C prints what was measured so far, a second one does not. Exit code 1 when a call failed, or none returned.

  upcall bench tcp://localhost:7000 Subject.request hello --connections 4
  upcall bench tcp://localhost:7000 Subject.request hello --rate 20000 --duration 60
`;

const texts: Readonly<Record<CommandName, string>> = { serve, call, list, describe, ping, bench };

/** The whole page, for --help. */
export function usageOf(command: CommandName | null): string {
  return command === null ? general : texts[command];
}

/** The part shown after wrong usage: only the lines of usage. */
export function shortUsageOf(command: CommandName | null): string {
  const lines = usageOf(command).split("\n");
  const first = lines.findIndex((line) => line.startsWith("usage: "));
  const last = lines.indexOf("", first);
  const more = command === null ? "upcall --help" : `upcall ${command} --help`;
  return `${lines.slice(first, last).join("\n")}\nmore: ${more}\n`;
}
