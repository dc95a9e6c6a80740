// @ts-check
// What runs now and how much is left, on standard error.

export class Progress {
  #done = 0;
  #total;
  #start = performance.now();

  constructor(/** @type {number} */ total) {
    this.#total = total;
  }

  now(/** @type {string} */ what) {
    const passed = performance.now() - this.#start;
    const left = this.#done === 0 ? "" : `, about ${clock((passed / this.#done) * (this.#total - this.#done))} left`;
    const line = `[${this.#done}/${this.#total}${left}] ${what}`;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
    this.#done++;
  }

  end() {
    if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
    process.stderr.write(`${this.#done} measurements in ${clock(performance.now() - this.#start)}\n`);
  }
}

function clock(/** @type {number} */ milliseconds) {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
