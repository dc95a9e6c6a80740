// Functions of a program's that are told of something and fail, in every way that one can.

/** The method by which a promise is waited for. */
const waiting = "then";

const error = (): Error => new Error("the log is closed");

export const failing: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw error();
  },
  rejects: async () => {
    await Promise.resolve();
    throw error();
  },
  "returns something whose then cannot be read": () =>
    Object.defineProperty({}, waiting, {
      get: () => {
        throw error();
      },
    }),
  "returns something whose then throws": () =>
    Object.defineProperty({}, waiting, {
      value: () => {
        throw error();
      },
    }),
  "returns something whose then rejects": () =>
    Object.defineProperty({}, waiting, {
      value: (_: unknown, reject: (thrown: unknown) => void) => reject(error()),
    }),
};
