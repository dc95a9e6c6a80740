// Inputs that are the same whatever is spoken behind the port.
import { Raw, rest, together } from "./raw.mjs";

/** @typedef {{ address: string, raws: Raw[], close: (() => void)[] }} Offence */
/** @typedef {{ input: string, attack: (offence: Offence) => Promise<string> }} Attack */

/** @param {Offence} offence @param {string} [from] */
export async function raw(offence, from) {
  const one = await Raw.to(offence.address, from);
  offence.raws.push(one);
  return one;
}

/** @type {readonly Attack[]} */
export const any = [
  {
    input: "random bytes, before and after the greeting",
    attack: async (offence) => {
      const said = new Set();
      let state = 0x2545_f491;
      for (let round = 0; round < 100; round++) {
        const bytes = new Uint8Array(1_000);
        for (let i = 0; i < bytes.length; i++) {
          state ^= state << 13;
          state ^= state >>> 17;
          state ^= state << 5;
          bytes[i] = state;
        }
        const one = await raw(offence);
        await one.write(bytes);
        said.add(await one.over(500));
        one.socket.destroy();
      }
      return [...said].join("; ");
    },
  },
  {
    input: "2,000 connections that say nothing",
    attack: async (offence) => {
      const all = await together(2_000, async (from) => await raw(offence, from));
      await rest(1_000);
      return all.every(({ ended }) => ended) ? "closed" : "it goes on";
    },
  },
];
