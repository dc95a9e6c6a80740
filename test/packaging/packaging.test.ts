// The packed package (npm pack): its files, its exports and its types, and that it has no dependencies.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { root, run, Stranger } from "../harness/packed.ts";

const tsc = join(root, "node_modules", "typescript", "bin", "tsc");

suite("the packed package", () => {
  let stranger: Stranger;
  let files: string[];

  before(() => {
    stranger = new Stranger();
    const folder = stranger.path("node_modules/upcall");
    files = readdirSync(folder, { recursive: true, withFileTypes: true, encoding: "utf8" })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  });
  after(() => stranger[Symbol.dispose]());

  test("holds the program, its types and its documents, and nothing else", () => {
    const allowed = /^(dist\/.+\.(js|d\.ts)|lib\/[\w-]+\.js|docs\/.+\.(md|json|svg)|package\.json|README\.md|LICENSE)$/;
    assert.deepEqual(
      files.filter((file) => !allowed.test(file)),
      [],
    );
    for (const wanted of ["lib/index.js", "lib/memory.js", "dist/index.js", "dist/index.d.ts", "README.md", "LICENSE"])
      assert.ok(files.includes(wanted), `${wanted} is missing`);
    assert.ok(!files.some((file) => /(^|\/)(test|examples)\//.test(file)), "tests or examples are packed");
    const source = (file: string): string => {
      const name = file.replace(/^dist\//, "").replace(/(\.d\.ts|\.js)$/, ".ts");
      return join(root, name.startsWith("cli/") ? name : `src/${name}`);
    };
    assert.deepEqual(
      files.filter((file) => file.startsWith("dist/") && !existsSync(source(file))),
      [],
      "built from sources that are gone",
    );
  });

  test("depends on nothing", () => {
    const { dependencies, peerDependencies, optionalDependencies } = JSON.parse(
      readFileSync(stranger.path("node_modules/upcall/package.json"), "utf8"),
    ) as Record<string, unknown>;
    assert.deepEqual([dependencies, peerDependencies, optionalDependencies], [undefined, undefined, undefined]);
    assert.deepEqual(
      readdirSync(stranger.path("node_modules")).filter((name) => !name.startsWith(".")),
      ["upcall"],
    );
  });

  test("gives each of its doors to import, and no other file", () => {
    const accessHooks = `
      for (const door of ["upcall", "upcall/memory", "upcall/socket", "upcall/dist/index.js", "upcall/client"]) {
        console.log(door, await import(door).then((all) => Object.keys(all).length > 2, (error) => error.code));
      }`;
    const { stdout } = run(process.execPath, ["--input-type=module", "-e", accessHooks], stranger.folder);
    assert.deepEqual(stdout.trim().split("\n"), [
      "upcall true",
      "upcall/memory true",
      "upcall/socket true",
      "upcall/dist/index.js ERR_PACKAGE_PATH_NOT_EXPORTED",
      "upcall/client ERR_PACKAGE_PATH_NOT_EXPORTED",
    ]);
  });

  test("runs a few files, and where it is asked to, its single modules; both have the same doors", () => {
    const names = `
      const doors = await Promise.all(["upcall", "upcall/memory", "upcall/socket"].map((door) => import(door)));
      console.log(import.meta.resolve("upcall"), JSON.stringify(doors.map((all) => Object.keys(all).sort())));`;
    const namesOf = (...args: string[]): string[] => {
      const { stdout } = run(process.execPath, [...args, "--input-type=module", "-e", names], stranger.folder);
      return stdout.trim().split(" ");
    };
    const [shipped, accessHooks] = namesOf();
    const [modules, same] = namesOf("--conditions=upcall-modules");
    assert.match(shipped ?? "", /\/lib\/index\.js$/);
    assert.match(modules ?? "", /\/dist\/index\.js$/);
    assert.equal(accessHooks, same);
    assert.ok(files.filter((file) => file.startsWith("lib/")).length < 30, "so many files are no few");
  });

  const program = `
    import { connect, defineInterface, method, type TypeOf } from "upcall";
    import { serve } from "upcall/memory";
    const Subject = defineInterface("Subject", { request: method<(data: string) => string>() });
    type Subject = TypeOf<typeof Subject>;
    const subject: Subject = await connect(Subject, "tcp://localhost:1");
    const text: string = await subject.request("x");
    // @ts-expect-error a number is no text
    await subject.request(1);
    await serve(Subject, { request: (data) => data }, "memory:x");
    export { text };
  `;
  for (const resolution of ["nodenext", "bundler"]) {
    const compile = (text: string, ...more: string[]): void => {
      mkdirSync(stranger.path(resolution), { recursive: true });
      writeFileSync(stranger.path(`${resolution}/main.ts`), text);
      const module = resolution === "bundler" ? "esnext" : "nodenext";
      const options = [
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--module",
        module,
        "--moduleResolution",
        resolution,
      ];
      run(process.execPath, [tsc, "--ignoreConfig", ...options, ...more, `${resolution}/main.ts`], stranger.folder);
    };

    test(`resolves its types with moduleResolution ${resolution}, none of Node's and nothing skipped`, () => {
      compile(program, "--lib", "es2023,esnext.disposable,dom", "--types", "");
    });

    test(`resolves upcall/socket with moduleResolution ${resolution} and Node's types`, () => {
      const types = ["--typeRoots", join(root, "node_modules", "@types"), "--types", "node"];
      compile('import { socket } from "upcall/socket"; await socket("tcp").close();', ...types);
    });
  }
});
