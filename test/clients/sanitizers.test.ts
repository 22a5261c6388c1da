import { execFileSync } from "node:child_process";
import { expect } from "chai";
import type { Context } from "mocha";
import { needsCompiler } from "../support/needs.js";
import { skip } from "../support/skip.js";
import {
  C_CLIENT_SANITIZED,
  compileWithClient,
  needsPrograms,
  SANITIZED,
} from "./support/programs.js";
import { expectedOutput, printedOutput } from "./support/script.js";
import { supervise, superviseScript } from "./support/supervise.js";

const THREAD_SANITIZED = ["-g", "-O1", "-fsanitize=thread"];

/** Skips where the compiler has no runtime for `flags`. */
function needsSanitizer(context: Context, flags: readonly string[]): void {
  needsCompiler(context);
  try {
    execFileSync("cc", ["-x", "c", "-o", "/dev/null", ...flags, "-"], {
      input: "int main(void) { return 0; }\n",
      stdio: ["pipe", "ignore", "ignore"],
    });
  } catch {
    skip(context, `the compiler cannot link ${flags.at(-1)}: install libgcc's sanitizers`);
  }
}

describe("the C client under sanitizers", () => {
  before(needsPrograms);

  it("AddressSanitizer and UBSan: calls, overrides, guards of its own", async function () {
    needsSanitizer(this, SANITIZED);
    const script =
      "override:-33 heap:A:3 heap:B:2:shared mappings:200 pages:A " +
      "call:load4@A/4,store8@B+8:7,increment4@Z199,override-elsewhere=5 calls:20:copy@A:64 " +
      "call-overriding:6:loads@A:600 racing-calls:7:store1@B:1 call:nothing@ close exit:3";
    for (const env of [{}, { CONFORMANCE_GUARD: "here" }, { CONFORMANCE_MARKED: "1" }]) {
      const client = { ...C_CLIENT_SANITIZED, env: { ...C_CLIENT_SANITIZED.env, ...env } };
      const { code, stdout, stderr } = await superviseScript(client, script);
      expect(stderr).to.equal("");
      expect(code).to.equal(7);
      expect(printedOutput(stdout)).to.deep.equal(expectedOutput(script, stdout));
    }
  });

  it("ThreadSanitizer: threads that take turns, and one that overrides", async function () {
    needsSanitizer(this, THREAD_SANITIZED);
    const program = compileWithClient("threads", THREAD_SANITIZED);
    const env = { TSAN_OPTIONS: "handle_segv=0" };
    const { code, stdout, stderr } = await supervise([program, "3", "10"], { env });
    expect({ code, stdout, stderr }).to.deep.equal({
      code: 21,
      stdout: "right: 30, wrong: 0, overridden: 1\n",
      stderr: "",
    });
  });
});
