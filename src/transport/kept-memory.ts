// The transport, beside the walk: the allocator of the system is told to keep memory that will be used again. GNU's
// gives the top of its heap back whenever 128 KiB of it are free, which is what a collection of long messages leaves,
// and fetches it again for the next ones: sixteen page faults for each 64 KiB, which may cost more than all the rest of
// a call.

/**
 * The largest piece that teaches it (mallopt(3), "dynamic mmap threshold"): when one is freed that had pages of its
 * own, pieces of that size come from the heap from then on, and twice as much of the heap's top is kept as is.
 */
const mmapThresholdBytes = 32 * 1024 * 1024 - 64 * 1024;
let told = false;

/**
 * From the next collection on the process keeps up to 64 MiB of memory that is free. An array of that length is made
 * for it and dropped; nothing is written to it, so it never has pages. Other allocators take no notice. An environment
 * in which one of `MALLOC_TRIM_THRESHOLD_` and `MALLOC_MMAP_THRESHOLD_` is set keeps what that says.
 */
export function keepMemory(): void {
  if (told) return;
  told = true;
  if (process.platform !== "linux") return;
  try {
    void new ArrayBuffer(mmapThresholdBytes);
  } catch {
    // There is not so much address space to be had: everything works as before, with its page faults.
  }
}
