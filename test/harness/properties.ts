// What holds for whatever may come: the library that draws it, with the seed of this run (seed.ts). Nobody imports it
// elsewhere (test/house/chance.test.ts).

import fc from "fast-check";
import { seed } from "./seed.ts";

fc.configureGlobal({ seed });

export { fc };
