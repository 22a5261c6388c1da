import { expect } from "chai";
import { Scope } from "ffiscope";
import { HOST_PROGRAM, type Inspect } from "ffiscope/machines";
import { Supervised } from "../machines/supervisor/support.js";
import { expectNothingLeft } from "../support/processes.js";

describe("the answer of a host", () => {
  afterEach(() => expectNothingLeft());

  it("is every integer of 64 bits, also 2^53 and its neighbours", async () => {
    const scope = await Scope.open();
    try {
      const libc = await scope.load("libc.so.6");
      const signed = libc.func("long long strtoll(const char *text, char **end, int base)");
      const unsigned = libc.func(
        "unsigned long long strtoull(const char *text, char **end, int base)",
      );
      const edge = 2n ** 53n;
      for (const value of [edge - 1n, edge, edge + 1n, 2n ** 63n - 1n]) {
        for (const each of [value, -value]) {
          expect(BigInt((await signed(`${each}`, null, 10)).result)).to.equal(each);
        }
        expect(BigInt((await unsigned(`${value}`, null, 10)).result)).to.equal(value);
      }
      const most = 2n ** 64n - 1n;
      expect(BigInt((await unsigned(`${most}`, null, 10)).result)).to.equal(most);
    } finally {
      await scope.close();
    }
  });

  it("that does not come, for the host dies after the call, is no call that returned", async () => {
    const scope = await Scope.open({ inspect: killAfterCall() });
    try {
      const libc = await scope.load("libc.so.6");
      const abs = libc.func("int abs(int n)");
      const error = await abs(-5).then(String, (thrown: unknown) => thrown);
      expect(error).to.deep.include({ code: "HOST_ENDED" });
      expect((await abs(-6)).result).to.equal(6); // by the next host
    } finally {
      await scope.close();
    }
  });

  it("and a supervisor says that it is lost, with the record of the call", async () => {
    const children = [{ id: "a", start: HOST_PROGRAM, restart: "temporary" as const }];
    const supervised = new Supervised({ children }, { inspect: killAfterCall() });
    supervised.actor.start();
    const abs = { library: "libc.so.6", symbol: "abs", deep: true, result: "i32" } as const;
    const args = [{ type: "i32", value: -5 }] as const;
    supervised.ask("a", "1", { ...abs, args, fixedArgs: -1, resolve: [] });
    await supervised.until(() => supervised.settled("1") !== undefined);
    const { outcome, result, record, error } = supervised.settled("1")!;
    expect({ outcome, result, error }).to.deep.equal({
      ...{ outcome: "lost", result: null },
      error: { code: "CHILD_ENDED", message: "child 'a' ended by SIGKILL" },
    });
    expect(record).to.deep.include({ call: 1, outcome: "returned" });
    await supervised.shutDown();
  });
});

/** Kills the first host whose call has ended: it waits for the call's MemEvents, and has not answered. */
function killAfterCall(): Inspect {
  let pid: number | null = null;
  let isDone = false;
  return (inspected) => {
    if (inspected.type !== "@xstate.event" || isDone) return;
    const { event } = inspected;
    if (event.type === "tracee.spawned") pid = (event as unknown as { pid: number }).pid;
    if (event.type !== "tracee.callEnded") return;
    isDone = true;
    process.kill(pid!, "SIGKILL");
  };
}
