// For the examples: the one argument most of them take.

/**
 * The port given on the command line. A missing or wrong one ends the program with code 2, after its usage.
 *
 * @param usage  the example's name and arguments, as they are typed
 * @param absent the port when none is given; without it one must be given
 */
export function portFrom(usage: string, absent?: number): number {
  const [given, ...more] = process.argv.slice(2);
  const port = given === undefined ? absent : /^\d{1,5}$/.test(given) ? Number(given) : undefined;
  const least = absent === undefined ? 1 : 0;
  if (port !== undefined && port >= least && port <= 65_535 && more.length === 0) return port;
  console.error(`usage: npm run -s example -- ${usage}\nA port is a whole number from ${least} to 65535.`);
  process.exit(2);
}
