// What the real subjects do.

const characters = new Intl.Segmenter();

/** Reversed by characters as a reader sees them: an accent stays on its letter. */
export function reversed(text: string): string {
  return Array.from(characters.segment(text), ({ segment }) => segment)
    .reverse()
    .join("");
}
