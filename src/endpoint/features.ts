// The session: machinery that not every platform has: what an interface declares brings it, and it is put in its place the first
// time that it is needed. It knows where machinery is put, and none of it.

import type { Platform } from "./platform.ts";

/** Made once, by the module that knows the machinery. */
export class PlatformFeature {
  readonly name: string;
  readonly #install: (platform: Platform) => void;

  /** @param install puts it in its place; called once for each platform */
  constructor(name: string, install: (platform: Platform) => void) {
    this.name = name;
    this.#install = install;
  }

  addTo(platform: Platform): void {
    if (platform.features.has(this)) return;
    platform.features.add(this);
    this.#install(platform);
  }
}
