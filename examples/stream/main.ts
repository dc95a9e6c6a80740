// Streams: many values one after the other, as a result and as an argument. The server counts as long as the client
// reads, and takes the mean of the numbers that the client sends.
import { close, connect, data, defineInterface, method, serve, stream } from "upcall";
import { nothingFrom } from "../arguments.ts";

nothingFrom("stream");

const Meter = defineInterface("Meter", {
  count: method({ args: [data<number>()], returns: stream<number>() }),
  mean: method({ args: [stream<number>()], returns: data<number>() }),
  means: method({ args: [stream<number>()], returns: stream<number>() }),
});

/** Each method is written as it would be without a network. */
class RealMeter {
  async *count(from: number): AsyncGenerator<number> {
    try {
      for (let number = from; ; number++) yield number;
    } finally {
      console.log("server: the client reads no more");
    }
  }

  async mean(values: AsyncIterable<number>): Promise<number> {
    let last = 0;
    for await (const mean of this.means(values)) last = mean;
    return last;
  }

  async *means(values: AsyncIterable<number>): AsyncGenerator<number> {
    let sum = 0;
    let count = 0;
    for await (const value of values) {
      sum += value;
      count++;
      yield sum / count;
    }
  }
}

/** Sent while it is made. An array or a ReadableStream could be given in its place. */
async function* measured(): AsyncGenerator<number> {
  for (const value of [20, 22, 27]) yield value;
}

const server = await serve(Meter, new RealMeter(), "tcp://localhost:0");
const meter = await connect(Meter, server.url);

// Leaving the loop ends the server's.
for await (const number of await meter.count(1)) {
  console.log(`count: ${number}`);
  if (number === 3) break;
}
console.log(`mean: ${await meter.mean(measured())}`);

// Both ways at once: each value goes there while the mean of those before comes back.
for await (const mean of await meter.means(measured())) console.log(`mean so far: ${mean}`);

await close(meter);
await server.close();
