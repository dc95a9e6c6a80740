// Ground: strings of the other side, made safe for a terminal, a log and an error message. It knows no stage of the
// walk.
//
//   what it may hold                          what it could do                       what is written in its place
//   ----------------------------------------  -------------------------------------  -----------------------------
//   line feed, carriage return, tab           begin a line that looks like ours      \n \r \t
//   other controls: U+0000-001F, U+007F-009F  move the cursor, set a title, answer   \u001b \u009b
//   (CSI and OSC have one of their own)       for the user
//   line and paragraph separators             begin a line, for some readers         \u2028
//   bidirectional controls                    show text in another order than it is  \u202e
//   halves of a surrogate pair                become U+FFFD                          \ud800
//
// All of these are escapes of JSON as well, so that JSON stays the JSON that it was.

const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu;

const short: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** Characters of a name that an interface allows. */
const maxNameCharacters = 128;

/**
 * The string, with an escape for each character that is more than visible. Nothing else changes; a backslash stays as
 * it is.
 */
export function escaped(text: string): string {
  return text.replace(
    unsafe,
    (character) => short.get(character) ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * The same of a string that may be long: a name in an error message, a line of a log.
 *
 * @param most characters; a longer string is cut, and its length is added
 */
export function excerpt(text: string, most: number = maxNameCharacters): string {
  return text.length <= most ? escaped(text) : `${escaped(cut(text, most))}${rest(text)}`;
}

/** The same in quotes. A quote in the string is escaped too. */
export function quoted(text: string, most: number = maxNameCharacters): string {
  return text.length <= most
    ? escaped(JSON.stringify(text))
    : `${escaped(JSON.stringify(cut(text, most)))}${rest(text)}`;
}

/** Half a surrogate pair at the cut would be shown as an escape. */
function cut(text: string, most: number): string {
  return text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "");
}

function rest(text: string): string {
  return `... (${text.length} characters)`;
}

/** Bytes as hexadecimal digits. */
export function hexOf(bytes: Uint8Array | null): string {
  return Array.from(bytes ?? [], (byte) => byte.toString(16).padStart(2, "0")).join("");
}
