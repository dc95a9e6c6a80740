// An upload: 32 MiB go to a slow server. The client's loop goes no faster than the server reads: the bytes on their way
// never exceed the window, for an upload of any size. Small calls pass on the same connection meanwhile.
import { createHash } from "node:crypto";
import { close, connect, data, defaultLimits, defineInterface, method, serve, stream } from "upcall";
import { nothingFrom } from "../arguments.ts";

nothingFrom("upload");

const Archive = defineInterface("Archive", {
  store: method({ args: [data<string>(), stream<Uint8Array>()], returns: data<string>() }),
  stored: method<() => number>(),
});

/** Bytes that the server has read. */
let read = 0;

class RealArchive {
  async store(name: string, parts: AsyncIterable<Uint8Array>): Promise<string> {
    const hash = createHash("sha256");
    for await (const part of parts) {
      hash.update(part);
      read += part.length;
      // A slow disk: other calls run before the next part is asked for.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return `${name}: ${read} bytes, ${hash.digest("hex").slice(0, 16)}`;
  }

  stored(): number {
    return read;
  }
}

const total = 32 * 1024 * 1024;
const partLength = 64 * 1024;
const hash = createHash("sha256");
let sent = 0;
let farthest = 0;

async function* parts(): AsyncGenerator<Uint8Array> {
  for (let part = 0; part < total / partLength; part++) {
    const bytes = new Uint8Array(partLength).fill(part);
    hash.update(bytes);
    sent += bytes.length;
    farthest = Math.max(farthest, sent - read);
    if (sent % (8 * 1024 * 1024) === 0) console.log(`sent ${sent / (1024 * 1024)} MiB`);
    yield bytes;
  }
}

const server = await serve(Archive, new RealArchive(), "tcp://localhost:0");
const archive = await connect(Archive, server.url, { timeout: 120_000 });

let asked = 0;
let over = false;
const upload = archive.store("ones.bin", parts()).finally(() => {
  over = true;
});
// Small calls on the same connection pass between the parts.
while (!over) {
  await archive.stored();
  asked++;
}
const said = await upload;
console.log(said);
console.log(`the same as here: ${said.endsWith(hash.digest("hex").slice(0, 16))}`);
console.log(`small calls passed meanwhile: ${asked > 1}`);
// The part that is being made, and the parts that the reader has taken but not counted yet, come on top of the window.
console.log(`never more than the window ahead: ${farthest <= defaultLimits.streamWindow + 2 * partLength}`);

await close(archive);
await server.close();
