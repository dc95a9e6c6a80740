// Calls a subject a few times and gives the last reply and the median of the times. A call for which a worker is
// started takes long, so it is made less often.
import type { Local } from "upcall";
import type { Subject } from "../subject/subject.ts";

const most = 15;
/** Milliseconds after which no more calls are made. */
const enough = 500;

/** `time` is in milliseconds for one call, there and back. */
export async function timedCalls(
  subject: Local<typeof Subject>,
  text: string,
): Promise<{ reply: string; time: number }> {
  const times: number[] = [];
  let reply = "";
  const began = performance.now();
  while (times.length < most && (times.length === 0 || performance.now() - began < enough)) {
    const start = performance.now();
    reply = await subject.request(text);
    times.push(performance.now() - start);
  }
  return { reply, time: times.sort((a, b) => a - b)[times.length >> 1] ?? 0 };
}
