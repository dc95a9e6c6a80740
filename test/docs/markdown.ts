// For the suites of the documents: what a page of Markdown shows, in pieces that can be written to files and run.

/** A block of code that names its file in its first line: `// subject.ts`, `# client.py`. */
export interface ShownFile {
  readonly name: string;
  readonly text: string;
}

/** A line that begins with `$ `, and the lines that it is said to print. */
export interface ShownCommand {
  readonly command: string;
  readonly prints: readonly string[];
}

/** What stands below one heading. */
export interface Section {
  readonly title: string;
  readonly files: readonly ShownFile[];
  readonly commands: readonly ShownCommand[];
}

/** Said in a comment above a block that another suite runs: with the reason. */
const elsewhere = /<!-- run elsewhere: [^>]+-->\s*$/;

/** Errors: a block that nobody would run: of another language, or without its file's name. */
export function sectionsOf(markdown: string): Section[] {
  return markdown.split(/^## /m).map((text) => {
    const files: ShownFile[] = [];
    const commands: ShownCommand[] = [];
    for (const { 1: language = "", 2: code = "", index } of text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)) {
      if (language === "console") {
        if (!elsewhere.test(text.slice(0, index))) commands.push(...commandsOf(code));
      } else files.push(fileOf(language, code));
    }
    return { title: text.split("\n", 1)[0]?.replace(/^# /, "") ?? "", files, commands };
  });
}

function fileOf(language: string, code: string): ShownFile {
  const name = /^(?:\/\/|#) ([\w.-]+\.(\w+))\n/.exec(code);
  const ending: Record<string, string> = { ts: "ts", js: "mjs", python: "py", jsonc: "json" };
  if (name?.[1] === undefined || name[2] !== ending[language])
    throw new Error(`a block of "${language}" does not begin with its file's name:\n${code}`);
  return { name: name[1], text: code };
}

function commandsOf(code: string): ShownCommand[] {
  const [before, ...parts] = code.split(/^\$ /m);
  if (before !== "") throw new Error(`a console begins with what no command printed:\n${code}`);
  return parts.map((part) => {
    const [command = "", ...prints] = part.trimEnd().split("\n");
    return { command, prints };
  });
}

/** The rows of the first table below a heading, without its head; each cell as it is written. */
export function tableBelow(markdown: string, heading: string): string[][] {
  const [, text = ""] = markdown.split(`\n${heading}\n`);
  const lines = text.split(/^#+ /m, 1)[0]?.split("\n") ?? [];
  return lines
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}
