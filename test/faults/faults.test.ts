import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";

const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

/** Runs those of the faults in whose names `only` are; rejects where one is bad. */
function faults(only: readonly string[], ...words: readonly string[]): Promise<string> {
  const named = only.flatMap((text) => ["--only", text]);
  const args = [MAIN, "--faults", "--seed", "1", ...named, ...words];
  return new Promise((resolve, reject) => {
    const options = { timeout: 240_000, killSignal: "SIGKILL" as const };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.code ?? error.signal}: ${stdout}${stderr}`));
      else resolve(stdout);
    });
  });
}

/**
 * None is bad; and enough were made of those that were to be. Whether a call comes in a state, and a kill
 * before its state is over, is up to the machine's pace: what has not been made three times is left.
 */
function expectWell(output: string, { cases, share }: { cases: number; share: number }): void {
  const asked = Number(/: (\d+) of \d+ faults$/m.exec(output)?.[1]);
  const end = /^\d+ s: (\d+) faults, (\d+) bad: (\d+) not made/m.exec(output);
  const [made, bad, missed] = (end ?? []).slice(1).map(Number);
  expect(asked, output).to.be.at.least(cases);
  expect({ bad, all: made! + missed! }, output).to.deep.equal({ bad: 0, all: asked });
  expect(made! / asked, output).to.be.at.least(share);
}

describe("a fault ends its session typed, or not at all, and leaves nothing:", () => {
  before(function () {
    needsCompiler(this);
  });
  afterEach(() => expectNothingLeft());

  // Of the hard ones: in the middle of a start, of a call, of a forked child's release, of an end.
  const calls = [
    ...["openSync starting", "pidfd_open starting", "ptrace SEIZE seizing", "readFileSync idle"],
    ...["readFileSync initialStop", "ptrace GETREGS tracing", "tracee mprotect tracing"],
    ...["close starting", "pidfd_getfd idle", "fcntl idle", "waitid tracing", "readSync tracing"],
  ];
  it(`system calls that fail: ${calls.join(", ")}`, async function () {
    this.timeout(250_000);
    expectWell(await faults(calls, "--cases", "50"), { cases: 40, share: 0.5 });
  });

  const program = [
    ...["the process exits", "the process crashes", "one thread", "the first thread exits"],
    ...["child crashes", "child is killed", "to the process"],
  ];
  it(`in the program: ${program.join(", ")}`, async function () {
    this.timeout(250_000);
    expectWell(await faults(program, "--times", "1"), { cases: 80, share: 0.8 });
  });

  it("the socket is closed, half closed, slow", async function () {
    this.timeout(250_000);
    expectWell(await faults(["the socket"], "--times", "1"), { cases: 20, share: 0.8 });
  });

  const killed = ["starting", "tracing", "delivering"].map(
    (state) => `the supervisor is killed ${state}`,
  );
  it(`${killed.join(", ")}`, async function () {
    this.timeout(250_000);
    expectWell(await faults(killed, "--times", "1"), { cases: 3, share: 0.6 });
  });

  it("no room for events", async function () {
    this.timeout(250_000);
    const output = await faults(["files may not be larger"], "--times", "1");
    expectWell(output, { cases: 1, share: 1 });
  });
});
