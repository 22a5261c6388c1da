import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { ffiscope, MAIN } from "./ffiscope.js";

const FLAGS = ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-pthread"];

describe("every phase of a traced call has its limit", () => {
  let library: string;
  let loading: string;
  before(function () {
    needsCompiler(this);
    library = compileFixture("test/fixtures/native/hanging.c", FLAGS);
    loading = compileFixture("test/fixtures/native/hanging.c", [...FLAGS, "-DWHILE_LOADING"]);
  });

  it("a constructor that does not return has --start-timeout", async () => {
    const { code, stdout, stderr } = await ffiscope(
      ...["trace", "--start-timeout", "8000", loading, "int fine(void)"],
    );
    expect(stderr).to.match(
      /^ffiscope: loading '.*' has not come to an end within 8000 ms\. .*--start-timeout/,
    );
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
  });

  it("an exit handler that does not return is ended, and the call is reported", async () => {
    const { code, stdout, stderr } = await ffiscope("trace", library, "int loop_at_exit(void)");
    expect(stderr).to.match(
      /^ffiscope: the process had not ended 2000 ms after the call, and was killed.*\n$/,
    );
    expect(stdout).to.include("loop_at_exit() = 2");
    expect(code).to.equal(0);
  });

  it("a thread that does not end keeps nothing from ending", async () => {
    const { code, stdout } = await ffiscope("trace", library, "int leave_thread(void)");
    expect(stdout).to.include("leave_thread() = 3");
    expect(code).to.equal(0);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    for (const name of ["loop", "loop_blocked"]) {
      it(`${signal} ends the command within two seconds: ${name}`, async () => {
        const words = ["trace", library, `int ${name}(void)`];
        const child = spawn(process.execPath, [MAIN, ...words], {
          stdio: ["ignore", "ignore", "pipe"],
        });
        await once(child.stderr, "data"); // what the library prints: it is there
        const sentAt = performance.now();
        child.kill(signal);
        await once(child, "close");
        expect(performance.now() - sentAt).to.be.below(2_000);
      });
    }
  }

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`${signal} ends the command at once while it writes a long report`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "ffiscope-report-"));
      const file = join(folder, "report");
      const output = openSync(file, "w");
      const written = watch(file);
      try {
        const prototype = "int touch(unsigned char *p, long count)";
        const words = ["trace", "--json", library, prototype, "out:8", "1000000"];
        const child = spawn(process.execPath, [MAIN, ...words], {
          stdio: ["ignore", output, "ignore"],
        });
        await once(written, "change");
        const sentAt = performance.now();
        child.kill(signal);
        const [code, by] = await once(child, "close");
        expect({ code, by }).to.deep.equal({ code: null, by: signal }); // a shell has it as 128 + signal
        expect(performance.now() - sentAt).to.be.below(2_000);
        expect(readFileSync(file, "latin1").endsWith("}\n")).to.equal(false);
      } finally {
        written.close();
        closeSync(output);
        rmSync(folder, { recursive: true });
      }
    });
  }
});
