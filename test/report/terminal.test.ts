import { expect } from "chai";
import type { CrashCause, TraceeAddress } from "../../dist/model/index.js";
import { type CallReport, styleOf, terminalReport } from "../../dist/report/index.js";
import { bufferAt, IP, type Row } from "./batch.js";
import { COPIES, callOf, dst, HEAP, src } from "./call.js";

const WRONG: readonly Row[] = [
  ...COPIES,
  { kind: "write", address: dst.address + 8, size: 2 },
  { kind: "write", address: dst.address - 3, size: 2 },
  { kind: "write", address: src.address + 1, size: 2, ip: 0x999 },
];

const show = (report: CallReport, width = 80) => terminalReport(report, { color: false, width });

const crashed = (
  address: number | bigint | null,
  cause: CrashCause | null = { kind: "unmapped", access: "read" },
  signal = "SIGSEGV",
  ip: number | null = IP,
) => {
  const wanted = address === null ? null : BigInt(address);
  const crash = { signal, address: wanted, ip: ip as TraceeAddress | null, cause, backtrace: [] };
  return show(callOf([], { outcome: "crashed", result: null, crash }), 200);
};

describe("terminalReport", () => {
  it("shows a call that did well", () => {
    expect(`\n${show(callOf(COPIES))}`).to.equal(`
copy(dst = out[8], src = "hello") = 5
✔ returned in 1.25 ms
5 reads, 5 writes (libfoo.so)

dst  8 bytes: 0 read, 5 written, 3 untouched
     0  WWWWW···
src  const, 5 bytes: 5 read, 0 written, 0 untouched
     0  RRRRR
  R read  W written  B both  · untouched  ! offending

accesses
  read   1  src+0  libfoo.so!copy+0x14
  write  1  dst+0  libfoo.so!copy+0x14
  read   1  src+1  libfoo.so!copy+0x14
  write  1  dst+1  libfoo.so!copy+0x14
  read   1  src+2  libfoo.so!copy+0x14
  write  1  dst+2  libfoo.so!copy+0x14
  read   1  src+3  libfoo.so!copy+0x14
  write  1  dst+3  libfoo.so!copy+0x14
  read   1  src+4  libfoo.so!copy+0x14
  write  1  dst+4  libfoo.so!copy+0x14
`);
  });

  it("shows what was wrong, where and how often", () => {
    const text = show(callOf(WRONG));
    expect(text).to.include("✖ returned in 1.25 ms, with 3 findings\n");
    expect(text).to.include("5 reads, 8 writes (libfoo.so, libc.so.6)\n");
    expect(text).to.include(`
dst  8 bytes: 0 read, 5 written, 3 untouched
    -3  !!·  before the start
     0  WWWWW···
     8  !!  past the end
src  const, 5 bytes: 5 read, 2 written, 0 untouched
     0  R!!RR
`);
    expect(text).to.include(`
3 findings
  ✖ out-of-bounds-write  writes 2 bytes past the end of dst (offset 8, size 8)
      at libfoo.so!copy+0x14
`);
    expect(text).to.include("✖ const-write  writes 2 bytes of src, which is const");
    expect(text).to.include("      at libc.so.6 0x999\n");
    expect(text).to.include("first 10 of 13 accesses\n");
  });

  it("says reads and writes also of one, for those who search", () => {
    expect(show(callOf([{ address: src.address }]))).to.include("\n1 reads, 0 writes");
  });

  it("shows a large buffer at a scale", () => {
    const big = bufferAt("big", HEAP, 100_000);
    const rows: Row[] = [
      { address: HEAP, size: 1024 },
      { kind: "write", address: HEAP + 2048, size: 8 },
      { address: HEAP + 4096, size: 1024 },
      { kind: "write", address: HEAP + 4096, size: 1024 },
      { kind: "write", address: HEAP + 100_000, size: 1 },
    ];
    const text = show(callOf(rows, {}, { buffers: [big] }));
    expect(text).to.include(
      "100000 bytes: 2048 read, 1032 written, 97944 untouched, 512 a character",
    );
    expect(text).to.match(/\n +0 {2}RR··w···\x20BB······\x20/);
    expect(text).to.match(/\n +32K {2}········/);
    expect(text).to.match(/\n +100000 {2}! {2}past the end\n/);
    expect(text).to.include("small letters: in part");
  });

  it("keeps maps, accesses and the call within the width", () => {
    const long = `libfoo.so!_ZN${"x".repeat(200)}+0x1`;
    const report = callOf(COPIES, { symbolizer: { symbolOf: () => long, imageOf: () => "x" } });
    for (const width of [60, 80, 120]) {
      const lines = show({ ...report, buffers: [...report.buffers] }, width).split("\n");
      expect(Math.max(...lines.map(({ length }) => length)), `${width}`).to.be.at.most(width);
    }
    const narrow = show(callOf(COPIES), 30);
    expect(narrow).to.include('copy(\n  dst = out[8],\n  src = "hello"\n) = 5\n');
  });

  it("says who made an access that not every access has: kernel, thread, perhaps", () => {
    const text = show(
      callOf([
        { address: src.address, origin: "kernel" },
        { kind: "write", address: dst.address, certain: false, thread: 8 },
        { kind: "unknown", address: dst.address },
      ]),
    );
    expect(text).to.include("1 reads, 1 writes, 1 of unknown kind (libfoo.so), 2 threads\n");
    expect(text).to.match(
      /read +1 {2}src\+0 {2}libfoo\.so!copy\+0x14 {2}by the kernel, thread 7\n/,
    );
    expect(text).to.match(/write\? +1 {2}dst\+0 {2}libfoo\.so!copy\+0x14 {2}thread 8\n/);
  });

  it("says when events are missing", () => {
    const text = show(callOf(COPIES, {}, { limit: 4 }));
    expect(text).to.include("2 reads, 2 writes (libfoo.so); the first 4 of 10 accesses\n");
  });

  it("says how a call ended that did not return", () => {
    const ended = (more: Partial<CallReport>) => show(callOf([], { result: null, ...more }));
    expect(ended({ outcome: "timed-out", durationMs: 2500 })).to.include(
      "✖ timed out after 2.5 s\n",
    );
    expect(ended({ outcome: "exited", exitCode: 3 })).to.include(
      "✖ ended the process with exit code 3 in 1.25 ms\n",
    );
    expect(ended({ outcome: "timed-out" })).to.include('src = "hello")\n');
  });

  it("says of a crash what probably happened", () => {
    expect(crashed(0)).to.include(
      "✖ SIGSEGV at address 0x0 in libfoo.so!copy+0x14\n  a null pointer was dereferenced\n",
    );
    expect(crashed(0x18)).to.include("a null pointer was dereferenced, 24 bytes in\n");
    expect(crashed(0, { kind: "unmapped", access: "execute" }, "SIGSEGV", 0)).to.include(
      "a null function pointer was called\n",
    );
    const wild = crashed(0x1234, { kind: "unmapped", access: "execute" }, "SIGSEGV", 0x1234);
    expect(wild).to.include("it jumped to where there is no code\n");
    expect(crashed(HEAP + 4096)).to.include("3995 bytes past the end of src\n");
    expect(crashed(HEAP - 1)).to.include("1 byte before the start of dst\n");
    expect(crashed(0x1234_5678_0000)).to.include(
      "it read from an address where there is no memory",
    );
    expect(crashed(IP, { kind: "integer-division" }, "SIGFPE")).to.match(
      /✖ SIGFPE in libfoo\.so!copy\+0x14\n.*divided by zero/,
    );
    expect(crashed(null, null, "SIGKILL", null)).to.match(/✖ SIGKILL\n$/);
  });

  it("never calls a pointer null of which the kernel gives no address", () => {
    const none = crashed(null, null);
    expect(none).to.match(/✖ SIGSEGV in libfoo\.so!copy\+0x14\n$/);
    const wild = crashed(0x4141_4141_4141_4141n, { kind: "non-canonical", access: "read" });
    expect(wild).to.match(/at address 0x4141414141414141 in .*\n.*read from what is no address/);
    const odd = crashed(HEAP + 1, { kind: "misaligned", alignment: 16 });
    expect(odd).to.include("multiples of 16, and this one is 1 past one");
    const deep = { kind: "stack-overflow", end: "0x7000", missing: 8 } as const;
    expect(crashed(0x6ff8, deep)).to.match(/the stack ran out .* ends at 0x7000, and 8 bytes more/);
    const raised = crashed(null, { kind: "sent", bySelf: true });
    expect(raised).to.include("the process sent the signal to itself\n");
  });

  it("has colours only where they are wanted", () => {
    expect(show(callOf(WRONG))).not.to.include("\u001b");
    expect(terminalReport(callOf(WRONG), { color: true, width: 80 })).to.include("\u001b[31m");
    const plain = terminalReport(callOf(WRONG), { color: true, width: 80 });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours are made of
    expect(plain.replaceAll(/\u001b\[\d+m/g, "")).to.equal(show(callOf(WRONG)));
  });

  it("takes a terminal's width, and its wish for no colours", () => {
    expect(styleOf({ isTTY: true, columns: 100 }, {})).to.deep.equal({ color: true, width: 100 });
    expect(styleOf({ isTTY: true, columns: 100 }, { NO_COLOR: "1" }).color).to.equal(false);
    expect(styleOf({ isTTY: true, columns: 100 }, { NO_COLOR: "" }).color).to.equal(true);
    expect(styleOf({}, {})).to.deep.equal({ color: false, width: 80 });
  });
});
