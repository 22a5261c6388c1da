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
 * How many of the faults came about: the process may come to its end before one does, on another machine
 * more often. Throws where one was answered wrongly.
 */
function made(output: string): number {
  const { groups } = /(?<made>\d+) faults, (?<bad>\d+) bad/.exec(output) ?? {};
  expect(groups?.bad, output).to.equal("0");
  return Number(groups!.made);
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
    expect(made(await faults(calls, "--cases", "50"))).to.be.within(25, 50);
  });

  const program = [
    ...["the process exits", "the process crashes", "one thread", "the first thread exits"],
    ...["child crashes", "child is killed", "to the process"],
  ];
  it(`in the program: ${program.join(", ")}`, async function () {
    this.timeout(250_000);
    expect(made(await faults(program, "--times", "1"))).to.be.within(48, 96);
  });

  it("the socket is closed, half closed, slow", async function () {
    this.timeout(250_000);
    expect(made(await faults(["the socket"], "--times", "1"))).to.be.within(12, 24);
  });

  const killed = ["starting", "tracing", "delivering"].map(
    (state) => `the supervisor is killed ${state}`,
  );
  it(`${killed.join(", ")}`, async function () {
    this.timeout(250_000);
    expect(made(await faults(killed, "--times", "1"))).to.be.within(2, 3);
  });

  it("no room for events", async function () {
    this.timeout(250_000);
    expect(made(await faults(["files may not be larger"], "--times", "1"))).to.equal(1);
  });
});
