// The command `bench`: bars, and numbers as people write them. Pure.

/** Whether a terminal of this locale shows block elements; others get ASCII. */
export function showsBlocks(environment: Readonly<Record<string, string | undefined>>): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = environment;
  return /utf-?8/i.test([LC_ALL, LC_CTYPE, LANG].find((each) => each !== undefined && each !== "") ?? "");
}

const eighths = ["", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"];
const full = "\u2588";
const heights = ["\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", full];
const asciiHeights = ["_", ".", "-", "=", "#"];

/** A bar for a share of the width; what is more than nothing can be seen. */
export function bar(share: number, width: number, blocks: boolean): string {
  if (share <= 0) return "";
  if (!blocks) return "#".repeat(Math.max(1, Math.round(share * width)));
  const parts = Math.max(1, Math.round(share * width * 8));
  return full.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? "");
}

/** A character for each number, as high as it is beside the most of them. */
export function spark(numbers: readonly number[], blocks: boolean): string {
  const most = Math.max(...numbers);
  const all = blocks ? heights : asciiHeights;
  return numbers.map((number) => all[most === 0 ? 0 : Math.round((number / most) * (all.length - 1))]).join("");
}

/** A line of which a share is done. */
export function meter(share: number, width: number, blocks: boolean): string {
  const done = Math.round(share * width);
  return (blocks ? "\u2501" : "=").repeat(done) + (blocks ? "\u2500" : "-").repeat(width - done);
}

/** At most so many numbers: the means of as many neighbours as it takes. */
export function condensed(numbers: readonly number[], most: number): number[] {
  const size = Math.ceil(numbers.length / Math.max(1, most));
  return Array.from({ length: Math.ceil(numbers.length / size) }, (_, index) => {
    const some = numbers.slice(index * size, (index + 1) * size);
    return some.reduce((sum, number) => sum + number, 0) / some.length;
  });
}

/** 1,234,567; digits behind the point only where there are few before it. */
export function grouped(number: number): string {
  const digits = Number.isInteger(number) || number >= 1000 ? 0 : number >= 100 ? 1 : 2;
  return number.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `1 call`, `2 calls`. */
export function counted(number: number, noun: string): string {
  return `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
}

export function percent(share: number): string {
  return `${(share * 100).toLocaleString("en-US", { maximumSignificantDigits: share >= 0.995 ? 3 : 2 })} %`;
}

/** Bytes a second in powers of a thousand, with three digits. */
export function bytesPerSecond(number: number): string {
  if (number < 1e3) return `${Math.round(number)} B/s`;
  if (number < 999.5e3) return `${(number / 1e3).toPrecision(3)} kB/s`;
  return number < 999.5e6 ? `${(number / 1e6).toPrecision(3)} MB/s` : `${(number / 1e9).toPrecision(3)} GB/s`;
}

export function milliseconds(number: number): string {
  return `${number.toFixed(3)} ms`;
}

/** Lines of whole words, none longer than the width unless a word is. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}
