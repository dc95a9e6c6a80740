// Composition: the media whose connections move bytes in order, by the first word of a URL.

import type { StreamMedium } from "../transport/medium.ts";
import { memory } from "../transport/memory.ts";
import { tcp } from "../transport/tcp.ts";
import { unix } from "../transport/unix.ts";
import type { MediumName } from "../transport/url.ts";

export const streamMedia: Readonly<Record<Exclude<MediumName, "udp">, StreamMedium>> = { tcp, unix, memory };
