// Ground: the known word that is nearest to an unknown one. It knows no stage of the walk.

/** The word that is most like `word`, or null where none is like it. Capitals make no difference. */
export function nearest(word: string, words: readonly string[]): string | null {
  // A third of the letters may be wrong, and always two. A longer distance would suggest wrong words.
  let smallest = Math.max(2, Math.floor(word.length / 3)) + 1;
  let found: string | null = null;
  for (const each of words) {
    // Letters to put in or leave out, at the least. It is cheap: the words come from a server and may be many.
    if (Math.abs(each.length - word.length) >= smallest) continue;
    const distance = distanceOf(word.toLowerCase(), each.toLowerCase());
    if (distance < smallest && distance < each.length) {
      smallest = distance;
      found = each;
    }
  }
  return found;
}

/** ` Did you mean x?`, or "": the end of a sentence. */
export function didYouMean(word: string, words: readonly string[]): string {
  const found = nearest(word, words);
  return found === null ? "" : ` Did you mean ${found}?`;
}

/** How many letters to change, leave out, put in or swap with their neighbour (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let smallest = Math.min(at(above, j) + 1, at(row, j - 1) + 1, at(above, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        smallest = Math.min(smallest, at(before, j - 2) + 1);
      row.push(smallest);
    }
    before = above;
    above = row;
  }
  return at(above, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
