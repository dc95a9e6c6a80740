// The command: the texts of --help, and what is shown of them after wrong usage.

export const commandNames = ["serve", "call", "list", "describe", "ping"] as const;
export type CommandName = (typeof commandNames)[number];

const general = `upcall: serve objects and call them from the command line

usage: upcall <command> ...

  upcall serve <module> --on <url>...        serve what a module exports
  upcall call <url> <Interface.method> ...   call a method and print its result
  upcall list <url>                          what a server has
  upcall describe <url> [Interface]          its methods, one by one
  upcall ping <url>                          how long the way there and back takes

  upcall <command> --help, upcall help <command>, upcall --version

a url is a medium and an address: tcp://localhost:7000, tcp://*:7000, tcp://[::1]:7000, unix:/run/app.sock,
  and udp://localhost:7000 for the plain wire
exit codes: 0 done, 1 it failed (standard error says how), 2 wrong usage
`;

const serve = `upcall serve: serve what a module exports

usage: upcall serve <module> --on <url>... [options]

  <module>               a JavaScript file; its default export is a class made by Skeleton(Interface), constructed
                         without arguments, or implement(Interface, object), or a list of these
  --on <url>             where to listen; may be said several times; port 0 takes the first free one
  --wire native|plain    native (default): many calls at once, all values; plain: raw text or bytes, for one method
  --end first-chunk|newline|half-close
                         where a plain message ends; default first-chunk
  --workers <model>      who makes the upcalls: inline (default), threads, processes, threads:4, threads:per-connection,
                         processes:per-connection, ...; each worker has a state of its own
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

  --text            take every argument as text; without it one is JSON, or text where it is no JSON
  --timeout <ms>    of connecting and of the call; default 30000, or what the method says
  --wire plain      send one text and print the reply's bytes as they are
  --end first-chunk|newline|half-close
                    where a plain message ends; without it the reply ends where the server closes
  --json            say errors as JSON too

a stream is printed item by item, one a line, and Ctrl-C ends it where it is made; where an argument is one, give a list
what JSON lacks is read and written as
  {"$undefined":true} {"$number":"NaN"} {"$bigint":"123"} {"$date":"2026-11-05T12:00:00.000Z"} {"$bytes":"<base64>"}
  {"$array":{"kind":"Float32Array","base64":"..."}} {"$map":[[key,value],...]} {"$set":[value,...]}
  {"$error":{"name":"Error","message":"..."}}; an object that really has one such member: {"$object":{"$bytes":...}}

  upcall call tcp://localhost:7000 Subject.request hello
  upcall call tcp://localhost:7000 Bank.transfer '{"from":1,"to":2}' '{"$bigint":"5"}' -- --not-an-option
`;

const list = `upcall list: what a server has

usage: upcall list <url> [--timeout <ms>] [--json]

  --timeout <ms>    of connecting and of asking; default 30000
  --json            the table as JSON: [{"name","methods":[...],"fingerprint"}]

the fingerprint is equal where names, kinds and specs of the methods are.
`;

const describe = `upcall describe: the methods of a server, one by one

usage: upcall describe <url> [Interface] [--timeout <ms>] [--json]

  --timeout <ms>    of connecting and of asking; default 30000
  --json            the tables as JSON: [{"name","fingerprint","methods":[{"name","kind",...}]}]

"-" under ARGUMENTS and RESULT means that their types are known to the compiler only.
`;

const ping = `upcall ping: how long the way there and back takes

usage: upcall ping <url> [--count <n>] [--timeout <ms>] [--json]

  --count <n>       pings, one after the other; default 10
  --timeout <ms>    of connecting and of each ping; default 10000
  --json            {"url","count","min","median","max"}, in milliseconds
`;

const texts: Readonly<Record<CommandName, string>> = { serve, call, list, describe, ping };

/** The whole text, for --help. */
export function usageOf(command: CommandName | null): string {
  return command === null ? general : texts[command];
}

/** What is shown after wrong usage: its lines of usage alone. */
export function shortUsageOf(command: CommandName | null): string {
  const lines = usageOf(command).split("\n");
  const first = lines.findIndex((line) => line.startsWith("usage: "));
  const last = lines.indexOf("", first);
  const more = command === null ? "upcall --help" : `upcall ${command} --help`;
  return `${lines.slice(first, last).join("\n")}\nmore: ${more}\n`;
}
