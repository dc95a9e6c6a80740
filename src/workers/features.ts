// Workers: what is brought along by interfaces that carry objects, functions or streams, and by servers: who stands in
// for such objects, what a session needs for them, and who makes the upcalls into those of this side.

import { Awaited } from "../call/local/awaited.ts";
import { ResultParts } from "../call/parts.ts";
import { PlatformFeature } from "../endpoint/features.ts";
import { addObjects } from "../session/native/objects.ts";
import { NativeParts } from "../session/native/parts.ts";
import { SkeletonTable } from "../skeleton/table.ts";
import { InlineWorkplace } from "./inline.ts";
import { OwnParts } from "./own.ts";
import { references } from "./references.ts";

export const objects: PlatformFeature = /* @__PURE__ */ new PlatformFeature("objects", (platform) => {
  platform.references = references;
  platform.part(ResultParts).awaited = (home, peer, timeout, result) => new Awaited(home, peer, timeout, result);
  addObjects(platform.part(NativeParts));
  platform.part(OwnParts).workplace = (home, interceptors) =>
    new InlineWorkplace(home, new SkeletonTable([]), interceptors);
});
