import { inspect } from "node:util";
import { expect } from "chai";
import { type Library, Pool, Scope } from "ffiscope";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { rejection } from "./support.js";

const NEVER = () => new Promise<number>(() => {});
const QSORT =
  "void qsort(int *base, size_t n, size_t size, int (*cmp)(const void *, const void *))";

describe("callbacks in a pool", () => {
  it("are called, and wait for no host that waits for them", async () => {
    const pool = await Pool.open({ hosts: 1 });
    try {
      const qsort = (await pool.load("libc.so.6")).func(QSORT);
      let calls = 0;
      await qsort([2, 1], 2, 4, () => calls++);
      expect(calls).to.equal(1);
      const nested = await rejection(qsort([2, 1], 2, 4, async () => qsort([1], 1, 4, () => 0)));
      expect(nested.code).to.equal("CALL_IN_CALLBACK");
    } finally {
      await pool.close();
    }
  });
});

for (const engine of ["auto", "reference"] as const) {
  describe(`callbacks, engine ${engine}`, () => {
    let scope: Scope;
    let lib: Library;
    let libc: Library;

    before(async function () {
      needsCompiler(this);
      scope = await Scope.open({ timeout: 20_000, engine });
      scope.declare("struct point { double x; int y; }; struct wide { long a, b, c; };");
      scope.declare("struct table { const char *name; int (*run)(int); };");
      const flags = ["-shared", "-fPIC", "-O1", "-pthread"];
      lib = await scope.load(compileFixture("test/fixtures/scope/callbacks.c", flags));
      libc = await scope.load("libc.so.6");
    });

    after(async () => {
      await scope?.close();
      await expectNothingLeft();
    });

    it("are given each argument by its type, in registers and on the stack", async () => {
      const list = "int8_t, uint16_t, float, double, int64_t, uint8_t, int32_t, uint32_t, void *";
      const mixed = lib.func(`double call_mixed(double (*fn)(${list}, int16_t))`);
      let given: unknown[] = [];
      const { result } = await mixed((...values) => {
        given = values;
        return 0.75;
      });
      expect(result).to.equal(0.75);
      const values = [-3, 60000, 1.5, -2.25, -(2n ** 63n), 200, -7, 4_000_000_000, null, -300];
      expect(given).to.deep.equal(values);
    });

    it("take and return structs, in registers and in memory", async () => {
      const point = lib.func(
        "struct point call_point(struct point (*fn)(struct point, struct wide))",
      );
      const moved = await point((at, by) => ({ x: at.x * 2, y: by.c }));
      expect(moved.result).to.deep.equal({ x: 3, y: 3 });
      const wide = lib.func("struct wide call_wide(struct wide (*fn)(int))");
      const { result } = await wide((a) => ({ a, b: 2, c: 3 }));
      expect(result).to.deep.equal({ a: 5, b: 2, c: 3 });
    });

    it("leave the caller's registers, and the accesses before and after them are all there", async () => {
      const across = lib.func("long across(long (*fn)(long), const int *numbers, int count)");
      const call = await across((i) => i * 3, [1, 2, 3, 4, 5, 6], 6);
      let [a, b, c, d, e] = [1n, 2n, 3n, 4n, 5n];
      for (let i = 0n; i < 6n; i++) {
        a += i + 1n;
        b ^= a;
        c += b;
        d ^= c;
        e += d + i * 3n;
        a ^= e;
      }
      expect(call.result).to.equal(Number(a + b + c + d + e));
      const reads = [...call.events].map(({ kind, offset }) => `${kind} ${offset}`);
      expect(reads).to.deep.equal([0, 4, 8, 12, 16, 20].map((at) => `read ${at}`));
    });

    it("sort by what they read, also where they wait for it", async () => {
      const numbers = await scope.alloc("int[]", [5, 3, 9, 1, -4]);
      const call = await libc.func(QSORT)(numbers, 5, 4, async (a, b) => {
        const [x, y] = [await scope.read(a, 4), await scope.read(b, 4)];
        return x.readInt32LE() - y.readInt32LE();
      });
      expect(await numbers.value()).to.deep.equal([-4, 1, 3, 5, 9]);
      expect(call.findings).to.deep.equal([]);
    });

    it("sort many numbers, by a type that headers name", async () => {
      const sort = libc.func("void qsort(int *base, size_t n, size_t size, compar_fn_t cmp)");
      const length = engine === "auto" ? 1_000 : 100;
      const given = Array.from({ length }, (_, i) => (i * 7919) % 1_009);
      const numbers = await scope.alloc("int[]", given);
      let calls = 0;
      const call = await sort(numbers, given.length, 4, async (a: bigint, b: bigint) => {
        calls++;
        const [x, y] = [await scope.read(a, 4), await scope.read(b, 4)];
        return x.readInt32LE() - y.readInt32LE();
      });
      expect(calls).to.be.within(length * 3, length * 10);
      expect(call.findings).to.deep.equal([]);
      expect(await numbers.value()).to.deep.equal(given.toSorted((a, b) => a - b));
    }).timeout(20_000);

    it("are called by two threads at a time, one of which waits for the other", async () => {
      const from = lib.func(
        "long from_threads(int (*fn)(int, const int *), const int *numbers, int threads, int times)",
      );
      let first: (() => void) | null = null;
      const call = await from(
        async (i, at) => {
          if (i === 0 && first === null)
            await new Promise<void>((resolve) => {
              first = resolve;
            });
          else if (i === 0) first?.();
          return (await scope.read(at, 16)).readInt32LE((i % 4) * 4);
        },
        [1, 2, 3, 4],
        2,
        20,
      );
      expect([call.result, call.events.length]).to.deep.equal([200, 40]);
    });

    it("reject the call with the very error that they throw, and C gets zero from then on", async () => {
      const error = new Error("no order");
      let calls = 0;
      const numbers = await scope.alloc("int[]", [2, 1, 0]);
      const call = libc.func(QSORT)(numbers, 3, 4, () => {
        calls++;
        throw error;
      });
      expect(await rejection(call)).to.equal(error);
      expect(calls).to.equal(1);
      expect(scope.restarts).to.equal(0);
      const wrong = await rejection(libc.func(QSORT)(numbers, 3, 4, () => "first"));
      expect(wrong.code).to.equal("ARGUMENT_VALUE");
    });

    it("are kept until they are freed: after the call, in structs, for threads that outlive it", async () => {
      const got: number[] = [];
      const kept = scope.callback("int (int)", (value) => {
        got.push(value);
        return value + 10;
      });
      await lib.func("void keep(int (*fn)(int))")(kept);
      expect((await lib.func("int call_kept(int value)")(4)).result).to.equal(14);
      const table = lib.func("int call_table(const struct table *table, int count)");
      const { result } = await table(
        [
          { name: "a", run: kept },
          { name: "b", run: kept },
        ],
        2,
      );
      expect(result).to.equal(21);
      const outlived = new Promise<number>((resolve) => {
        const later = scope.callback("int (int)", (value) => {
          resolve(value);
          return 0;
        });
        void lib.func("void outlives(int (*fn)(int))")(later.address);
      });
      expect(await outlived).to.equal(9);
      kept.free();
      const ended = await rejection(lib.func("int call_kept(int value)")(4));
      expect(ended.code).to.equal("CALLBACK_ENDED");
      expect(ended.message).to.contain("'int (int)'");
      expect(got).to.deep.equal([4, 0, 1]);
    });

    it("are refused once they are freed, and by another scope", async () => {
      const call = lib.func("void keep(int (*fn)(int))");
      const kept = scope.callback("int (int)", () => 1);
      const other = await Scope.open({ engine });
      const far = await other.load("libc.so.6");
      const foreign = await rejection(far.func("int atexit(void (*fn)(void))")(kept));
      await other.close();
      kept.free();
      const freed = await rejection(call(kept));
      expect([foreign.code, freed.code]).to.deep.equal(["FOREIGN_CALLBACK", "CALLBACK_FREED"]);
      const untyped = lib.func("void keep(void *fn)");
      const hint = await rejection(untyped((n: number) => n));
      expect(hint.message).to.contain("scope.callback(");
      expect(inspect(kept)).to.equal("Callback (freed)");
    });

    it("are gone with the call that they were given to", async () => {
      await lib.func("void keep(int (*fn)(int))")((value: number) => value);
      const ended = await rejection(lib.func("int call_kept(int value)")(4));
      expect(ended.code).to.equal("CALLBACK_ENDED");
    });

    it("are called in signal handlers, before a longjmp, and with SIGTRAP blocked", async () => {
      const handler = lib.func("int from_handler(int (*fn)(int))");
      expect((await handler((signal: number) => signal + 1)).result).to.equal(13);
      expect((await lib.func("int jumps(int (*fn)(int))")((n: number) => n)).result).to.equal(9);
      const traps = lib.func("int with_traps(int (*fn)(int))");
      expect((await traps((n: number) => n)).result).to.equal(1101);
      const forks = lib.func("int forks(int (*fn)(int))");
      expect((await forks((n: number) => n)).result).to.equal(5); // the child dies of SIGTRAP
    });

    it("read and write buffers while C waits, which is no access of C's", async () => {
      const buffer = await scope.alloc(5);
      let seen = "";
      const fill = lib.func("void fill(void (*fn)(char *, int), char *buf, int size)");
      const call = await fill(
        async (at, size) => {
          seen = (await scope.read(at, size)).toString();
          await buffer.write("zyxwv");
        },
        buffer,
        5,
      );
      expect(seen).to.equal("abcde");
      expect((await scope.read(buffer, 5)).toString()).to.equal("{zyxw");
      expect(call.events.length).to.equal(15);
    });

    it("end with the call: by time, by signal, by another thread's exit or crash", async () => {
      const jumps = lib.func("int jumps(int (*fn)(int))");
      const codes = [
        rejection(jumps(NEVER, { timeout: 200 })),
        rejection(jumps(NEVER, { signal: AbortSignal.timeout(2_000) })),
        rejection(lib.func("int exits(int (*fn)(int))")(NEVER)),
        rejection(lib.func("int crashes(int (*fn)(int))")(NEVER)),
      ];
      const ended = (await Promise.all(codes)).map(({ code }) => code);
      expect(ended).to.deep.equal(["CALL_TIMED_OUT", "CANCELLED", "CALL_EXITED", "CALL_CRASHED"]);
    });

    it("cannot call the scope that waits for them", async () => {
      const jumps = lib.func("int jumps(int (*fn)(int))");
      const nested = await rejection(
        jumps(async () => {
          await libc.func("int abs(int)")(1);
          return 0;
        }),
      );
      expect(nested.code).to.equal("CALL_IN_CALLBACK");
      const closing = await rejection(jumps(async () => scope.close()));
      expect(closing.code).to.equal("CALL_IN_CALLBACK");
      const between = await Scope.open({ engine });
      const far = await between.load("libc.so.6");
      const value = await between.alloc("int[]", [3, 1]);
      const led = jumps(async () => {
        await far.func(QSORT)(value, 2, 4, async () => {
          await libc.func("int abs(int)")(1);
          return 0;
        });
        return 0;
      });
      expect((await rejection(led)).code).to.equal("CALL_IN_CALLBACK");
      await between.close();
    });

    it("are refused by name where their type is not known or cannot be served", async () => {
      const codes = [
        () => scope.callback("int", () => 0),
        () => scope.callback("long double (int)", () => 0),
        () => scope.callback("int (int)", 5 as never),
      ].map(async (make) => (await rejection((async () => make())())).code);
      const refused = await Promise.all(codes);
      expect(refused).to.deep.equal(["CALLBACK_TYPE", "CALLBACK_TYPE", "CALLBACK_FUNCTION"]);
    });
  });
}
