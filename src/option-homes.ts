// Ground: where each option belongs. Made by scripts/options.mjs of option-table.ts; a test compares both.

export const homes: readonly (readonly [functions: string, options: string])[] = [
  ["serve(), connect() and open()", "wire end media limits observer onLeak interceptors onError expose"],
  ["serve()", "authenticate authorize reflection workers onConnection onMessage ambient insecure"],
  ["connect(), open(), within(), method(), oneway() and callback()", "timeout ordered"],
  ["connect() and open()", "connectTimeout token reconnect"],
  ["connect(), open() and within()", "signal"],
  ["within(), method(), oneway() and callback()", "idleTimeout"],
  ["within()", "metadata onMetadata"],
  ["implement()", "per"],
  ["method() and oneway()", "plain"],
  ["method(), oneway() and callback()", "idempotent errors borrows args returns"],
  ["callback() and reference()", "kept"],
  ["DeclaredError()", "code data"],
  ["retry()", "attempts budget perSecond base most random"],
  ["retry(), limitConcurrency(), timing() and logging()", "clock"],
  ["limitConcurrency()", "queue"],
];
