import { expect } from "chai";
import { createSession, sessionEnd } from "../../dist/index.js";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";

/** As locks.c has them. */
const HEAP = 0x1000_0000_0000;
const WORDS = [HEAP + 512, HEAP + 4096 + 512];
const KINDS = [
  ...["mutex", "inheriting-mutex", "robust-mutex", "condition", "semaphore", "limits"],
  ...["pages", "unknown", "across-calls"],
];
const GUARDS = ["there", "here", "crowded"];
const ENGINES = ["auto", "reference"] as const;

const ROUNDS = 30;
const CALLS = 2;

/** How often each call wrote to the two words; and how the program ended. */
async function writesOf(kind: string, guard: string, engine: (typeof ENGINES)[number]) {
  const command = compileFixture("test/fixtures/syscalls/locks.c", [
    ...["-O1", "-pthread", "clients/c/ffiscope.c"],
  ]);
  const args = [kind, guard, String(ROUNDS), String(CALLS)];
  const session = createSession({ command, args, engine, symbols: false });
  const calls: number[][] = [];
  session.on("call", ({ record: { log } }) => {
    const writes = [...log].filter(({ kind: of, size }) => of === "write" && size === 8);
    calls.push(WORDS.map((word) => writes.filter(({ address }) => address === word).length));
  });
  const end = sessionEnd(session);
  session.start();
  const { exitCode, failure, violation } = await end;
  return { calls: calls.slice(0, CALLS), exitCode, failure, violation };
}

describe("a call that goes by an address in the heap hides no access of another thread", () => {
  before(function () {
    needsCompiler(this);
  });
  afterEach(() => expectNothingLeft());

  for (const engine of ENGINES) {
    for (const guard of GUARDS) {
      for (const kind of KINDS) {
        it(`${kind}, heap guarded ${guard}: ${engine}`, async () => {
          expect(await writesOf(kind, guard, engine)).to.deep.equal({
            calls: Array(CALLS).fill([ROUNDS, ROUNDS]),
            exitCode: 7,
            failure: null,
            violation: null,
          });
        });
      }
    }
  }
});
