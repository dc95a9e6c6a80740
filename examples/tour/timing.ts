// Calls a subject a few times and gives the last reply and the middle one of the times.
import type { Local } from "upcall";
import type { Subject } from "../subject/subject.ts";

const calls = 15;

/** `time` is in milliseconds for one call, there and back. */
export async function timedCalls(
  subject: Local<typeof Subject>,
  text: string,
): Promise<{ reply: string; time: number }> {
  const times: number[] = [];
  let reply = "";
  for (let i = 0; i < calls; i++) {
    const start = performance.now();
    reply = await subject.request(text);
    times.push(performance.now() - start);
  }
  return { reply, time: times.sort((a, b) => a - b)[calls >> 1] ?? 0 };
}
