// Ground, known to every stage of the walk: anything that was thrown, as text for a log. It knows no platform, and nothing
// that it is given can make it throw.

/** Characters of the whole, errors that are named, and how deep they may hang together. */
const longest = 16 * 1024;
const mostErrors = 16;
const deepest = 8;

/** All that is known of something thrown: an error's stack with those of its causes; always one line. */
export function described(thrown: unknown): string {
  const texts: string[] = [];
  collect(thrown, "", 0, texts);
  return texts.join(" | ").slice(0, longest);
}

function collect(thrown: unknown, relation: string, depth: number, texts: string[]): void {
  if (texts.length >= mostErrors || depth > deepest) return;
  try {
    texts.push(relation + stackOf(thrown));
    if (!(thrown instanceof Error)) return;
    if (thrown.cause !== undefined) collect(thrown.cause, "caused by ", depth + 1, texts);
    const { errors } = thrown as { errors?: unknown };
    if (Array.isArray(errors)) for (const one of errors as unknown[]) collect(one, "one of them ", depth + 1, texts);
  } catch {
    texts.push(`${relation}something that cannot be read`);
  }
}

function stackOf(thrown: unknown): string {
  const { stack } = Object(thrown) as { stack?: unknown };
  const text = thrown instanceof Error && typeof stack === "string" ? stack : String(thrown);
  return text
    .slice(0, longest)
    .trimEnd()
    .replace(/\s*\n\s*/g, " | ");
}
