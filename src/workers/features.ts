// Workers: what is brought along by interfaces that carry objects, functions or streams, and by servers: what stands in
// for such objects, what a session needs for them, and who makes the upcalls into those of this side.

import { Awaited } from "../call/local/awaited.ts";
import { ResultParts } from "../call/parts.ts";
import { PlatformFeature } from "../endpoint/features.ts";
import type { Platform } from "../endpoint/platform.ts";
import { addObjects, addStreams } from "../session/native/objects.ts";
import { SkeletonTable } from "../skeleton/table.ts";
import { InlineWorkplace } from "./inline.ts";
import { OwnParts } from "./own.ts";
import { references } from "./references.ts";

/** What `stream()` brings. */
export const streams: PlatformFeature = /* @__PURE__ */ new PlatformFeature("streams", addStreams);

/** What `reference()` and `callback()` bring. */
export const objects: PlatformFeature = /* @__PURE__ */ new PlatformFeature("objects", (platform) => {
  platform.references = references;
  platform.part(ResultParts).awaited = (home, peer, timeout, result) => new Awaited(home, peer, timeout, result);
  addObjects(platform);
  platform.part(OwnParts).workplace = (home, interceptors) =>
    new InlineWorkplace(home, new SkeletonTable([]), interceptors);
});

/** What `serve()` brings, and what a platform has that need not be small. */
export function addEverything(platform: Platform): void {
  streams.addTo(platform);
  objects.addTo(platform);
}
