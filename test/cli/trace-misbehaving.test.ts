import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { content, ffiscope, touched, traceJson, upTo } from "./ffiscope.js";

describe("ffiscope trace on functions that misbehave", () => {
  let library: string;
  before(function () {
    needsCompiler(this);
    library = compileFixture("test/fixtures/native/misbehaving.c", [
      ...["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-pthread"],
    ]);
  });

  const findings = (report: Awaited<ReturnType<typeof traceJson>>["report"]) =>
    report.findings.map(({ kind, buffer, offset, size }) => ({ kind, buffer, offset, size }));

  it("a write to a const argument is a const-write", async () => {
    const { code, report } = await traceJson(
      library,
      "void write_const(const char *text)",
      "hello",
    );
    expect(findings(report)).to.deep.equal([
      { kind: "const-write", buffer: "text", offset: 1, size: 1 },
    ]);
    expect(report.findings[0]!.symbol).to.match(/^libmisbehaving\.so!write_const\+0x/);
    expect(content(report, "text").toString()).to.equal("hXllo\0");
    expect(report.outcome).to.equal("returned");
    expect(code).to.equal(1);
  });

  it("an overrun by one byte is one out-of-bounds write of one byte", async () => {
    const { code, report } = await traceJson(
      library,
      "void overrun(char *dst, int n)",
      "out:16",
      "16",
    );
    expect(findings(report)).to.deep.equal([
      { kind: "out-of-bounds-write", buffer: "dst", offset: 16, size: 1 },
    ]);
    expect(touched(report, "write", "dst")).to.deep.equal(upTo(17));
    expect(code).to.equal(1);
  });

  it("an underrun has a negative offset", async () => {
    const { code, report } = await traceJson(library, "void underrun(char *dst)", "out:16");
    expect(findings(report)).to.deep.equal([
      { kind: "out-of-bounds-write", buffer: "dst", offset: -1, size: 1 },
    ]);
    expect(code).to.equal(1);
  });

  it("a library whose constructor never returns is given up after --start-timeout", async () => {
    const flags = ["-shared", "-fPIC", "-DWAIT"];
    const waits = compileFixture("test/fixtures/scope/constructor.c", flags);
    const { code, stdout, stderr } = await ffiscope(
      ...["trace", "--start-timeout", "6000", waits, "void never(void)"],
    );
    expect(stdout).to.equal("");
    expect(stderr).to.match(
      /^ffiscope: loading '.*' has not come to an end within 6000 ms\. .*\n$/,
    );
    expect(code).to.equal(1);
  });

  describe("on a file for a char *", () => {
    let folder: string;
    let file: string;

    before(() => {
      folder = mkdtempSync(join(tmpdir(), "ffiscope-file-"));
      file = join(folder, "hello");
      writeFileSync(file, "hello");
    });

    after(() => rmSync(folder, { recursive: true }));

    it("one byte too many is found: @FILE is the file's bytes alone", async () => {
      const prototype = "int read_past(const char *src, int n)";
      const { code, report } = await traceJson(library, prototype, `@${file}`, "5");
      expect(findings(report)).to.deep.equal([
        { kind: "out-of-bounds-read", buffer: "src", offset: 5, size: 1 },
      ]);
      expect(content(report, "src").toString()).to.equal("hello");
      expect(code).to.equal(1);
      const strlen = await traceJson("libc.so.6", "size_t strlen(const char *s)", `@${file}`);
      expect(findings(strlen.report)[0]).to.include({ kind: "out-of-bounds-read", offset: 5 });
    });

    it("cstr@FILE is a C string, and nothing is past its end", async () => {
      const prototype = "int read_past(const char *src, int n)";
      const { code, report } = await traceJson(library, prototype, `cstr@${file}`, "5");
      expect(findings(report)).to.deep.equal([]);
      expect(content(report, "src").toString()).to.equal("hello\0");
      expect(code).to.equal(0);
      const strlen = await traceJson("libc.so.6", "size_t strlen(const char *s)", `cstr@${file}`);
      expect(strlen.report).to.deep.include({ result: 5, findings: [] });
    });
  });

  it("a read past the end is an out-of-bounds read", async () => {
    const prototype = "int read_past(const unsigned char *src, int n)";
    const { code, report } = await traceJson(library, prototype, "hello", "5");
    expect(findings(report)).to.deep.equal([
      { kind: "out-of-bounds-read", buffer: "src", offset: 5, size: 1 },
    ]);
    expect(code).to.equal(1);
  });

  it("a null dereference is a SIGSEGV at 0 in the function", async () => {
    const { code, report } = await traceJson(library, "int dereference_null(void)");
    expect(report.outcome).to.equal("crashed");
    expect(report.result).to.equal(null);
    expect(report.crash).to.include({ signal: "SIGSEGV", address: "0x0" });
    expect(report.crash!.symbol).to.match(/^libmisbehaving\.so!dereference_null\+0x/);
    expect(code).to.equal(1);
  });

  it("abort is a SIGABRT in libc", async () => {
    const { code, report } = await traceJson(library, "void give_up(void)");
    expect(report.outcome).to.equal("crashed");
    expect(report.crash!.signal).to.equal("SIGABRT");
    expect(code).to.equal(1);
  });

  it("exit(3) is an exit with its code", async () => {
    const { code, report } = await traceJson(library, "void leave(int code)", "3");
    expect(report).to.include({ outcome: "exited", exitCode: 3, crash: null });
    expect(code).to.equal(1);
  });

  it("a loop for ever ends at --timeout", async () => {
    const { code, report } = await traceJson(
      "--timeout",
      "500",
      library,
      "void loop_forever(void)",
    );
    expect(report).to.include({ outcome: "timed-out", exitCode: null, crash: null });
    expect(report.durationMs).to.be.at.least(490);
    expect(code).to.equal(1);
  });

  it("what was written before a timeout is kept", async () => {
    const prototype = "void write_and_loop(char *dst)";
    const { report } = await traceJson("--timeout", "1500", library, prototype, "out:4");
    expect(content(report, "dst").toString()).to.equal("wwww");
    expect(touched(report, "write", "dst")).to.deep.equal(upTo(4));
  });

  it("a division by zero is a SIGFPE after the operand was read", async () => {
    const prototype = "int divide(int *dividend, int divisor)";
    const { report } = await traceJson(library, prototype, "[3]", "0");
    expect(report.crash!.signal).to.equal("SIGFPE");
    expect(touched(report, "read", "dividend")).to.deep.equal(upTo(4));
  });

  it("--json has nothing else on standard output", async () => {
    const { code, stderr, report } = await traceJson(library, "void print(const char *text)", "hi");
    expect(report.outcome).to.equal("returned");
    expect(stderr).to.equal("hi\n");
    expect(code).to.equal(0);
  });

  it("both threads' accesses to one page are all recorded", async () => {
    const { code, report } = await traceJson(
      library,
      "unsigned two_threads(unsigned *counters)",
      "[0,0]",
    );
    expect(report.result).to.equal(100);
    const perThread = groupByThread(report.events);
    const counts = [...perThread.values()].map((events) => events.length).sort((a, b) => a - b);
    expect(counts).to.deep.equal([2, 100, 100]);
    expect(code).to.equal(0);
  });

  it("a forked child has memory of its own", async () => {
    const { report } = await traceJson(library, "int fork_and_write(char *dst)", "out:4");
    expect(report.result).to.equal(107);
    expect(content(report, "dst")[0]).to.equal(1);
  });

  it("a signal handler of the library runs", async () => {
    const { code, report } = await traceJson(library, "int raise_alarm(char *dst)", "out:2");
    expect(report.result).to.equal(1);
    expect(touched(report, "write", "dst")).to.deep.equal([0, 1]);
    expect(code).to.equal(0);
  });

  it("the readable report names the finding", async () => {
    const { code, stdout } = await ffiscope(
      ...["trace", library, "void overrun(char *dst, int n)", "out:16", "16"],
    );
    expect(stdout).to.match(/\b0 reads\b.*\b17 writes\b/);
    expect(stdout).to.include("out-of-bounds-write");
    expect(stdout).to.include("libmisbehaving.so!overrun+0x");
    expect(code).to.equal(1);
  });
});

function groupByThread<T extends { readonly thread: number }>(
  events: readonly T[],
): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const event of events)
    groups.set(event.thread, [...(groups.get(event.thread) ?? []), event]);
  return groups;
}
