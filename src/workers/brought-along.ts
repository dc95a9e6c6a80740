// Workers: what is brought along by interfaces that carry objects, functions or streams, and by servers: what stands in
// for such objects, what a session needs for them, and who makes the upcalls into those of this side.

import { ResultParts } from "../call/call-parts.ts";
import { Awaited } from "../call/local/awaited.ts";
import { PlatformFeature } from "../endpoint/features.ts";
import type { Platform } from "../endpoint/platform.ts";
import { addObjects, addStreams } from "../session/native/objects.ts";
import { SkeletonTable } from "../skeleton/table.ts";
import { InlineDispatcher } from "./inline.ts";
import { OwnParts } from "./own-objects.ts";
import { references } from "./reference-bridge.ts";

/** What `stream()` brings. */
export const streams: PlatformFeature = /* @__PURE__ */ new PlatformFeature("streams", addStreams);

/** What `reference()` and `callback()` bring. */
export const objects: PlatformFeature = /* @__PURE__ */ new PlatformFeature("objects", (platform) => {
  platform.references = references;
  platform.part(ResultParts).awaited = (endpoint, peer, timeout, result) =>
    new Awaited(endpoint, peer, timeout, result);
  addObjects(platform);
  platform.part(OwnParts).dispatcher = (endpoint, interceptors) =>
    new InlineDispatcher(endpoint, new SkeletonTable([]), interceptors);
});

/** What `serve()` brings, and what a platform has that need not be small. */
export function addEverything(platform: Platform): void {
  streams.addTo(platform);
  objects.addTo(platform);
}
