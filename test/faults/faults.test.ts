import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";

const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

function faults(...words: readonly string[]): Promise<{ code: unknown; stdout: string }> {
  return new Promise((resolve) => {
    const options = { timeout: 240_000, killSignal: "SIGKILL" as const };
    execFile(process.execPath, [MAIN, "--faults", ...words], options, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? error.signal) : 0, stdout: stdout + stderr }),
    );
  });
}

describe("a system call that fails", () => {
  before(function () {
    needsCompiler(this);
  });
  afterEach(() => expectNothingLeft());

  // Of the hard ones: in the middle of a start, of a call, of a forked child's release, of an end.
  const picked = [
    ...["openSync starting", "pidfd_open starting", "ptrace SEIZE seizing", "readFileSync idle"],
    ...["ptrace GETREGS tracing", "tracee mprotect tracing", "close starting", "pidfd_getfd idle"],
  ];
  for (const only of picked) {
    it(`ends its session, typed, and leaves nothing: ${only}`, async function () {
      this.timeout(250_000);
      const { code, stdout } = await faults("--only", only, "--cases", "3", "--seed", "1");
      expect(code, stdout).to.equal(0);
      expect(stdout).to.match(/\d+ faults, 0 bad/);
    });
  }
});
