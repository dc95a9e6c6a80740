// Composition: the many ways to say what is served, brought to one form.

import { notExecuted } from "../errors.ts";
import { type Interface, isInterface } from "../interface/define.ts";
import type { Implementation } from "../interface/types.ts";
import { implement, interfaceOf, isSkeleton, type SkeletonOf } from "../skeleton/skeleton.ts";

/** What a worker loads: the interface, and the module whose default export answers for it. */
export interface ServedModule {
  readonly subject: Interface;
  readonly module: URL;
}

/** What is served: objects of this thread, or modules for workers. */
export type Served =
  | { readonly kind: "objects"; readonly skeletons: readonly SkeletonOf[] }
  | { readonly kind: "modules"; readonly modules: readonly ServedModule[] };

/** Takes serve's arguments apart. Errors: INVALID_ARGUMENT (BAD_INTERFACE, BAD_OPTION). */
export function servedOf(args: readonly unknown[]): { served: Served; urls: readonly unknown[]; options: unknown } {
  const [first, second] = args;
  if (isInterface(first)) {
    const what =
      second instanceof URL
        ? moduleOf(first, second)
        : { kind: "objects" as const, skeletons: [delegate(first, second)] };
    return { served: what, urls: listOf(args[2]), options: args[3] };
  }
  const items = Array.isArray(first) ? (first as unknown[]) : [first];
  if (items.length === 0) throw bad("serve() got an empty list of objects");
  for (const item of items)
    if (!isSkeleton(item))
      throw bad(
        "serve() wants an interface and its object, or an instance of a class made by Skeleton(), or implement(Interface, object)",
      );
  return { served: { kind: "objects", skeletons: items as SkeletonOf[] }, urls: listOf(second), options: args[2] };
}

export function interfacesOf(served: Served): Interface[] {
  return served.kind === "objects"
    ? served.skeletons.map((skeleton) => skeleton[interfaceOf])
    : served.modules.map(({ subject }) => subject);
}

function delegate(subject: Interface, object: unknown): SkeletonOf {
  return isSkeleton(object) ? object : implement(subject, object as Implementation<Interface>);
}

function moduleOf(subject: Interface, module: URL): Served {
  return { kind: "modules", modules: [{ subject, module }] };
}

function listOf(urls: unknown): readonly unknown[] {
  const list = Array.isArray(urls) ? (urls as unknown[]) : [urls];
  if (list.length === 0 || list[0] === undefined)
    throw notExecuted("INVALID_ARGUMENT", "BAD_URL", "serve() wants a URL to serve on, as in tcp://localhost:0");
  return list;
}

function bad(what: string): Error {
  return notExecuted("INVALID_ARGUMENT", "BAD_INTERFACE", what);
}
