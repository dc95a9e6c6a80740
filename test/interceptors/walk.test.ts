// Interceptors (middleware) of the client and of the server: their order, what they may change, answer, refuse or
// throw.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import {
  connect,
  context,
  DeclaredError,
  defineInterface,
  type Implementation,
  type IncidentReport,
  type InterceptedCall,
  type Interceptor,
  intercept,
  method,
  oneway,
  open,
  serve,
  UpcallError,
  within,
} from "upcall";
import { Bank, RealBank } from "../references/bank.ts";

const Subject = defineInterface("Subject", {
  echo: method<(value: unknown) => unknown>(),
  add: method<(one: number, other: number) => number>({ idempotent: true }),
  peer: method<() => string>(),
  fail: method<() => void>(),
  never: method<(how?: string) => void>(),
  note: oneway<(text: string) => void>(),
});

class RealSubject implements Implementation<typeof Subject> {
  readonly notes: string[] = [];
  calls = 0;
  onNote: () => void = () => {};
  onNever: (signal: AbortSignal) => void = () => {};

  echo(value: unknown): unknown {
    this.calls++;
    return value;
  }
  add(one: number, other: number): number {
    this.calls++;
    return one + other;
  }
  peer(): string {
    return context().peer.toString();
  }
  fail(): never {
    throw new UpcallError("NOT_FOUND", "there is none");
  }
  never(): Promise<void> {
    this.onNever(context().signal);
    return new Promise(() => {});
  }
  note(text: string): void {
    this.notes.push(text);
    this.onNote();
  }
}

let places = 0;
const url = (): string => `memory:interceptors-${places++}`;

async function says(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    (value) => assert.fail(`it gave ${String(value)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UpcallError, String(error));
  return `${error.code} ${error.reason} ${error.outcome}`;
}

for (const side of ["caller", "callee"] as const) {
  suite(`interceptors of the ${side}`, () => {
    const between = async (real: RealSubject, ...interceptors: Interceptor[]) => {
      const server = await serve(Subject, real, url(), side === "callee" ? { interceptors } : {});
      const subject = await connect(Subject, server.url, side === "caller" ? { interceptors } : {});
      return {
        subject,
        async [Symbol.asyncDispose]() {
          await subject[Symbol.asyncDispose]();
          await server.close();
        },
      };
    };

    test("the first that was given is outermost, and all see the call", async () => {
      const told: string[] = [];
      const seen: InterceptedCall[] = [];
      const named =
        (name: string): Interceptor =>
        async (call, next) => {
          told.push(`${name} in`);
          seen.push(call);
          const value = await next();
          told.push(`${name} out`);
          return value;
        };
      await using both = await between(new RealSubject(), named("a"), named("b"));
      assert.equal(await both.subject.add(1, 2), 3);
      assert.deepEqual(told, ["a in", "b in", "b out", "a out"]);
      const [call] = seen;
      assert.ok(call !== undefined);
      assert.equal(call.side, side);
      assert.equal(call.interface, "Subject");
      assert.equal(call.method, "add");
      assert.equal(call.entry.method.idempotent, true);
      assert.deepEqual(call.args, [1, 2]);
      assert.deepEqual({ ...call.metadata }, {});
      assert.ok(call.remaining > 0 && call.remaining <= 30_001);
      assert.equal(call.signal instanceof AbortSignal, side === "callee");
      assert.equal(call.id > 0, side === "callee");
      assert.match(call.peer, /^memory/);
    });

    test("arguments and results can be changed", async () => {
      await using both = await between(
        new RealSubject(),
        async (call, next) => Number(await next({ ...call, args: [10, call.args[1]] })) * 2,
        (_call, next) => next({ args: [20, 5] }),
      );
      assert.equal(await both.subject.add(1, 2), 50);
    });

    test("one that does not go on answers in the object's place", async () => {
      const real = new RealSubject();
      await using both = await between(real, intercept(Subject, { add: () => 42 }));
      assert.equal(await both.subject.add(1, 2), 42);
      assert.equal(await both.subject.echo("x"), "x");
      assert.equal(real.calls, 1);
    });

    test("what one throws is the call's error, and says that the method did not run", async () => {
      const real = new RealSubject();
      await using both = await between(real, (call, next) => {
        if (call.method === "add")
          throw new UpcallError("PERMISSION_DENIED", "not on a Sunday", { outcome: "not-executed" });
        return next();
      });
      assert.equal(await says(both.subject.add(1, 2)), "PERMISSION_DENIED THROWN not-executed");
      assert.equal(real.calls, 0);
      assert.equal(await both.subject.echo(1), 1);
    });

    test("they see the object's errors, and may give another result for them", async () => {
      const errors: unknown[] = [];
      await using both = await between(new RealSubject(), async (call, next) => {
        try {
          return await next();
        } catch (error) {
          errors.push(error);
          if (call.args[0] === undefined) throw error;
          return "instead";
        }
      });
      assert.equal(await says(both.subject.fail()), "NOT_FOUND THROWN executed");
      assert.equal(errors.length, 1);
      assert.ok(errors[0] instanceof UpcallError && errors[0].message === "there is none");
    });

    test("one may go on twice", async () => {
      const real = new RealSubject();
      await using both = await between(real, async (_call, next) => [await next(), await next({ args: ["again"] })]);
      assert.deepEqual(await both.subject.echo("once"), ["once", "again"]);
      assert.equal(real.calls, 2);
    });

    test("one that never answers costs its call, by its deadline", async () => {
      await using both = await between(new RealSubject(), (call, next) =>
        call.method === "add" ? new Promise(() => {}) : next(),
      );
      const brief = within(both.subject, { timeout: 300 });
      const expected =
        side === "caller" ? "DEADLINE_EXCEEDED EXPIRED not-executed" : "DEADLINE_EXCEEDED TIMEOUT unknown";
      assert.equal(await says(brief.add(1, 2)), expected);
      assert.equal(await both.subject.echo("still here"), "still here");
    });

    test("a signal goes through, and aborts what waits in one", async () => {
      const real = new RealSubject();
      const entered = new Promise<AbortSignal>((resolve) => {
        real.onNever = resolve;
      });
      await using both = await between(real, (_call, next) => next());
      const controller = new AbortController();
      const call = within(both.subject, { signal: controller.signal }).never();
      const signal = await entered;
      const aborted = new Promise((resolve) => signal.addEventListener("abort", resolve));
      controller.abort("enough");
      assert.equal(await says(call), "CANCELLED ABORTED unknown");
      await aborted;
    });

    test("a call without a reply passes too", async () => {
      const real = new RealSubject();
      const noted = new Promise<void>((resolve) => {
        real.onNote = resolve;
      });
      await using both = await between(real, (_call, next) => next({ args: ["changed"] }));
      assert.equal(await both.subject.note("as it was"), undefined);
      await noted;
      assert.deepEqual(real.notes, ["changed"]);
    });

    test("the object is in its call as without them", async () => {
      await using both = await between(new RealSubject(), async (_call, next) => {
        await Promise.resolve();
        return await next();
      });
      assert.equal(await both.subject.peer(), "memory");
    });
  });
}

suite("interceptors", () => {
  test("a call that nobody waits for any more does not enter the object", async () => {
    const real = new RealSubject();
    let go: () => void = () => {};
    const settled = new Promise<unknown>((resolve) => {
      const hold: Interceptor = async (call, next) => {
        await new Promise<void>((begin) => {
          call.signal?.addEventListener("abort", () => begin());
          go();
        });
        resolve(await next().catch((error: unknown) => error));
      };
      void (async () => {
        await using server = await serve(Subject, real, url(), { interceptors: [hold] });
        await using subject = await connect(Subject, server.url);
        const controller = new AbortController();
        go = () => controller.abort();
        await within(subject, { signal: controller.signal })
          .echo(1)
          .catch(() => {});
        await settled;
      })();
    });
    const error = await settled;
    assert.ok(error instanceof UpcallError);
    assert.equal(error.outcome, "not-executed");
    assert.equal(real.calls, 0);
  });

  test("the time that one gives is less and never more", async () => {
    const seen: number[] = [];
    await using server = await serve(Subject, new RealSubject(), url());
    await using subject = await connect(Subject, server.url, {
      timeout: 50_000,
      interceptors: [
        (call, next) => next({ remaining: call.args[0] === "more" ? 60_000 : 10_000 }),
        (call, next) => {
          seen.push(call.remaining);
          return next();
        },
      ],
    });
    await subject.echo("more");
    await subject.echo("less");
    const [more = 0, less = 0] = seen;
    assert.ok(more > 10_000 && more <= 50_000, `${more}`);
    assert.ok(less > 0 && less <= 10_000, `${less}`);
  });

  test("what becomes of a call holds for all the times that it was made", async () => {
    await using server = await serve(Subject, new RealSubject(), url());
    const outcomes: string[] = [];
    await using subject = await connect(Subject, server.url, {
      interceptors: [
        async (call, next) => {
          outcomes.push(await says(next({ remaining: 10 })));
          outcomes.push(await says(next({ args: [() => 1] })));
          if (call.args[0] === "none") return await next({ remaining: 0 });
          return await new Promise(() => {});
        },
      ],
    });
    const brief = within(subject, { timeout: 1_000 });
    assert.equal(await says(brief.never("hang")), "DEADLINE_EXCEEDED TIMEOUT unknown");
    assert.equal(await says(subject.never("none")), "DEADLINE_EXCEEDED TIMEOUT unknown");
    const both = ["DEADLINE_EXCEEDED TIMEOUT unknown", "INVALID_ARGUMENT NOT_MARSHALLABLE not-executed"];
    assert.deepEqual(outcomes, [...both, ...both]);
  });

  test("what one throws at the callee reaches the caller as if the method had thrown it, and says that it has not", async () => {
    class Closed extends DeclaredError<{ until: string }>("Closed") {}
    const Shop = defineInterface("Shop", { buy: method<(what: string) => void>({ errors: [Closed] }) });
    const incidents: IncidentReport[] = [];
    const thrown = new TypeError("the secret of the house");
    await using server = await serve(Shop, { buy: () => assert.fail("it was entered") }, url(), {
      onError: (report) => incidents.push(report),
      interceptors: [
        (call) => {
          if (call.args[0] === "bread") throw new Closed("it is night", { until: "six" });
          if (call.args[0] === "milk")
            throw new UpcallError("RESOURCE_EXHAUSTED", "a crowd", { reason: "BUSY", outcome: "not-executed" });
          throw thrown;
        },
      ],
    });
    await using shop = await connect(Shop, server.url);
    const closed = await shop.buy("bread").catch((error: unknown) => error);
    assert.ok(closed instanceof Closed);
    assert.deepEqual([closed.data, closed.outcome], [{ until: "six" }, "not-executed"]);
    assert.equal(await says(shop.buy("milk")), "RESOURCE_EXHAUSTED BUSY not-executed");
    assert.deepEqual(incidents, []);
    const hidden = await shop.buy("wine").catch((error: unknown) => error);
    assert.ok(hidden instanceof UpcallError);
    assert.deepEqual([hidden.code, hidden.reason, hidden.outcome], ["UNKNOWN", "THROWN", "not-executed"]);
    assert.doesNotMatch(hidden.message, /secret/);
    assert.match(hidden.message, /interceptor of Shop\.buy/);
    assert.deepEqual(
      incidents.map(({ error, incident }) => [error, incident]),
      [[thrown, hidden.incident]],
    );
    assert.equal(server.counters().upcallsThrown, 0);
  });

  test("what is no function is refused before anything is opened", async () => {
    await assert.rejects(
      async () => await connect(Subject, "memory:nowhere", { interceptors: ["x" as unknown as Interceptor] }),
      { code: "INVALID_ARGUMENT", reason: "BAD_OPTION" },
    );
    assert.throws(() => intercept(Subject, { nothing: () => 1 } as object), { reason: "BAD_INTERFACE" });
  });

  test("a method that returns a reference can still be called on, and its calls pass as well", async () => {
    const told: string[] = [];
    await using server = await serve(Bank, new RealBank(), url());
    await using connection = await open(server.url, {
      interceptors: [
        (call, next) => {
          told.push(`${call.side} ${call.interface}.${call.method}`);
          return next();
        },
      ],
    });
    const bank = connection.proxy(Bank);
    assert.equal(await bank.open("a").deposit(5), 5);
    await using account = await bank.open("a");
    assert.equal(await account.balance(), 5);
    assert.equal(await bank.same("a", account, account), true);
    assert.deepEqual(told.toSorted(), [
      "caller Account.balance",
      "caller Account.deposit",
      "caller Bank.open",
      "caller Bank.open",
      "caller Bank.same",
    ]);
    await assert.rejects(async () => await bank.openNone("x").balance(), {
      code: "NOT_FOUND",
      outcome: "not-executed",
    });
  });

  test("what the other side calls back passes the same ones", async () => {
    const told: string[] = [];
    const tell =
      (name: string): Interceptor =>
      (call, next) => {
        told.push(`${name} ${call.side} ${call.interface}.${call.method}`);
        return next();
      };
    await using server = await serve(Bank, new RealBank(), url(), { interceptors: [tell("server")] });
    await using bank = await connect(Bank, server.url, { interceptors: [tell("client")] });
    assert.equal(await bank.each(1, (index) => index + 7), 7);
    assert.deepEqual(told, [
      "client caller Bank.each",
      "server callee Bank.each",
      "server caller upcall.Function.call",
      "client callee upcall.Function.call",
    ]);
  });
});
