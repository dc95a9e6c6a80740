// Objects that are given as results and can be disposed of, and what became of them. Served inline and by workers.

import { data, defineInterface, implement, method, reference } from "upcall";

export const File = defineInterface("File", {
  read: method<() => string>(),
  self: method({ args: [], returns: reference((): typeof File => File) }),
});
export const Folder = defineInterface("Folder", {
  /** A new file each time. */
  open: method({ args: [data<string>()], returns: reference(() => File) }),
  /** The same file for the same name. */
  shared: method({ args: [data<string>()], returns: reference(() => File) }),
  /** Fails when it is disposed of. */
  broken: method({ args: [], returns: reference(() => File) }),
  self: method({ args: [], returns: reference((): typeof Folder => Folder) }),
  /** What is given comes home, or stays. */
  use: method({ args: [reference(() => File)], returns: data<string>() }),
  /** Names of files that were disposed of, in their order. */
  disposed: method<() => string[]>(),
});

export class RealFile {
  readonly name: string;
  readonly #gone: (name: string) => void;

  constructor(name: string, gone: (name: string) => void) {
    this.name = name;
    this.#gone = gone;
  }

  read(): string {
    return this.name;
  }

  self(): RealFile {
    return this;
  }

  [Symbol.dispose](): void {
    this.#gone(this.name);
  }
}

export class RealFolder {
  readonly gone: string[] = [];
  readonly #shared: Map<string, RealFile> = new Map();
  readonly #note = (name: string): void => void this.gone.push(name);

  open(name: string): RealFile {
    return new RealFile(name, this.#note);
  }

  shared(name: string): RealFile {
    const file = this.#shared.get(name) ?? new RealFile(name, this.#note);
    this.#shared.set(name, file);
    return file;
  }

  broken(): RealFile {
    return new RealFile("broken", () => {
      throw new Error("it cannot be closed");
    });
  }

  self(): RealFolder {
    return this;
  }

  async use(file: { read(): string | Promise<string> }): Promise<string> {
    return await file.read();
  }

  disposed(): string[] {
    return this.gone;
  }

  [Symbol.dispose](): void {
    this.gone.push("the folder");
  }
}

export default implement(Folder, () => new RealFolder());
