import { join } from "node:path";
import { expect } from "chai";
import {
  createSession,
  type SessionInput,
  type SessionOutput,
  sessionEnd,
} from "ffiscope/machines";
import type { Access } from "../../dist/model/index.js";
import { compileFixture, ROOT } from "../support/fixtures.js";
import { expectNothingLeft } from "../support/processes.js";
import { compileWithClient, needsPrograms } from "./support/programs.js";

const RETCODE = 11;

interface Told {
  readonly output: SessionOutput;
  /** Of the three calls. */
  readonly calls: readonly (readonly Access[])[];
  /** Those of no call. */
  readonly between: readonly Access[];
}

async function supervise(input: SessionInput): Promise<Told> {
  const session = createSession({ ...input, symbols: false });
  const calls: Access[][] = [];
  const between: Access[] = [];
  session.on("call", ({ record }) => calls.push([...record.log]));
  session.on("accesses", ({ call, batch }) => {
    if (call !== null) return;
    for (let row = 0; row < batch.length; row++) {
      const [address, size] = [batch.address[row], batch.size[row]];
      between.push({ address, size, thread: batch.thread[row] } as Access);
    }
  });
  const end = sessionEnd(session);
  session.start();
  return { output: await end, calls, between };
}

const plain = () => ({ command: compileWithClient("background") });

function node(): SessionInput {
  const source = "test/fixtures/clients/background.c";
  const library = compileFixture(source, ["-shared", "-fPIC", "-DLIBRARY", "-O1", "-pthread"]);
  const program = join(ROOT, "test/fixtures/clients/background.mjs");
  return { command: process.execPath, args: [program, library] };
}

/** The thread that stores to the heap's second word, and its stores in each call. */
function storesOfThread(calls: Told["calls"]) {
  const addresses = calls.flat().map(({ address }) => address);
  const second = Math.min(...addresses) + 8; // the caller stores to the first
  const thread = calls.flat().find(({ address }) => address === second)!.thread;
  const stores = calls.map((call) =>
    call.filter((access) => access.thread === thread && access.kind === "write"),
  );
  return { thread, stores };
}

describe("a thread that a call starts and a later one joins", () => {
  before(needsPrograms);
  afterEach(() => expectNothingLeft());

  for (const [name, input] of [
    ["a plain C client", plain],
    ["a Node client", node],
  ] as const) {
    it(`${name}: runs on between calls, and its accesses in calls carry its id`, async () => {
      const { output, calls, between } = await supervise(input());
      expect(output).to.deep.include({ retcode: RETCODE, violation: null, failure: null });
      expect(calls).to.have.length(3);
      const { thread, stores } = storesOfThread(calls);
      expect(stores[0]!.length).to.be.at.least(5);
      expect(stores[1]!.length).to.be.at.least(5);
      const words = new Set(stores.flat().map(({ address, size }) => `${address}:${size}`));
      expect(words.size).to.equal(1);
      const own = between.filter((access) => access.thread === thread);
      // A plain client's just work; those of a heap of our own are recorded all the same.
      if (input === plain) expect(own).to.deep.equal([]);
      else expect(own.length).to.be.at.least(200);
    });
  }

  it("in two programs that are supervised at once: each has its own, and ends cleanly", async () => {
    const both = await Promise.all([supervise(plain()), supervise(node()), supervise(plain())]);
    for (const { output, calls } of both) {
      expect(output).to.deep.include({ retcode: RETCODE, violation: null, failure: null });
      expect(calls).to.have.length(3);
    }
    const threads = both.map(({ calls }) => storesOfThread(calls).thread);
    expect(new Set(threads).size).to.equal(3);
  });
});
