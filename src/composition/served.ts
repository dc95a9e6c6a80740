// Composition: the many ways to say what is served, brought to one form.

import { notExecuted } from "../errors.ts";
import { type Interface, isInterface } from "../interface/define.ts";
import type { Implementation } from "../interface/types.ts";
import { defaultLimits, type Limits } from "../limits.ts";
import { classGiven, implement, interfaceOf, isClass, isSkeleton, type SkeletonOf } from "../skeleton/skeleton.ts";
import { interfacesIn } from "../workers/modules.ts";
import { inStartTime } from "../workers/start-time.ts";

/** What is served: objects of this thread, or modules that workers load, each with its interfaces. */
export type Served =
  | { readonly kind: "objects"; readonly skeletons: readonly SkeletonOf[] }
  | { readonly kind: "modules"; readonly modules: readonly string[]; readonly interfaces: readonly Interface[] };

export interface ServeArguments {
  readonly served: Served;
  readonly urls: readonly unknown[];
  readonly options: unknown;
}

/** Takes serve's arguments apart. @throws UpcallError INVALID_ARGUMENT (BAD_INTERFACE, BAD_URL, MODULE_NOT_LOADED) */
export async function argumentsOf(args: readonly unknown[]): Promise<ServeArguments> {
  const [first, second, third, fourth] = args;
  if (first instanceof URL) {
    const modules = [first.href];
    return {
      served: {
        kind: "modules",
        modules,
        interfaces: await inStartTime(modules, startTimeIn(third), interfacesIn(modules)),
      },
      urls: listOf(second),
      options: third,
    };
  }
  if (isInterface(first)) {
    const served: Served =
      second instanceof URL
        ? { kind: "modules", modules: [second.href], interfaces: [first] }
        : { kind: "objects", skeletons: [delegate(first, second)] };
    return { served, urls: listOf(third), options: fourth };
  }
  const skeletons: SkeletonOf[] = [];
  for (const item of Array.isArray(first) ? (first as unknown[]) : [first]) {
    if (isClass(item)) throw bad(`serve(): ${classGiven(item)}`);
    if (typeof item === "string")
      throw bad('serve(): a string was given; a module is given by its URL, new URL("./module.js", import.meta.url)');
    if (!isSkeleton(item))
      throw bad(
        "serve() wants an interface and its object, or an instance of a class made by Skeleton(), or implement(Interface, object), or an array of these",
      );
    skeletons.push(item);
  }
  if (skeletons.length === 0) throw bad("serve() got an empty list of objects");
  return { served: { kind: "objects", skeletons }, urls: listOf(second), options: third };
}

/** They are checked only when it is known what is served. */
function startTimeIn(options: unknown): number {
  const { limits } = Object(options) as ServeLimits;
  const ms = (Object(limits) as Partial<Limits>).workerStart;
  return typeof ms === "number" && ms >= 0 ? ms : defaultLimits.workerStart;
}

interface ServeLimits {
  readonly limits?: unknown;
}

export function interfacesOf(served: Served): readonly Interface[] {
  return served.kind === "objects" ? served.skeletons.map((skeleton) => skeleton[interfaceOf]) : served.interfaces;
}

export function namesOf(served: Served): string[] {
  return interfacesOf(served).map(({ name }) => name);
}

function delegate(subject: Interface, object: unknown): SkeletonOf {
  return isSkeleton(object) ? object : implement(subject, object as Implementation<Interface>);
}

function listOf(urls: unknown): readonly unknown[] {
  // An empty one is meant: only connections of the program's own are served.
  if (Array.isArray(urls)) return urls as unknown[];
  if (urls !== undefined) return [urls];
  throw notExecuted("INVALID_ARGUMENT", "BAD_URL", "serve() wants a URL to serve on, as in tcp://localhost:0");
}

function bad(what: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", what);
}
