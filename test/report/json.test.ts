import { expect } from "chai";
import { AccessLog, type TraceeAddress } from "../../dist/model/index.js";
import {
  type CallReport,
  jsonCallLineChunks,
  jsonReportChunks,
  resultToJson,
  toJsonReport,
} from "../../dist/report/index.js";
import { batchOf, bufferAt, IP, type Row } from "./batch.js";
import { BYTE, COPIES, callOf, dst, HEAP, INT, src } from "./call.js";

const CRASH = {
  signal: "SIGSEGV",
  address: 0n,
  ip: IP as TraceeAddress,
  backtrace: [
    { ip: IP, isReturn: false },
    { ip: IP + 1, isReturn: true },
    { ip: 1, isReturn: true },
  ],
} as const;

const textOf = (report: CallReport) => [...jsonReportChunks(report)].join("");

const ROWS: readonly Row[] = [
  ...COPIES,
  { kind: "write", address: dst.address + 8, size: 2 },
  { kind: "write", address: src.address, size: 4, certain: false, ip: 0x999 },
  { kind: "write", address: HEAP - 8, size: 4, origin: "kernel", thread: 8 },
  { kind: "unknown", address: src.address + 1, size: 2 },
];

describe("toJsonReport", () => {
  it("has the keys of the contract, in their order", () => {
    const report = toJsonReport(callOf(ROWS));
    expect(Object.keys(report)).to.deep.equal([
      "version",
      "function",
      "outcome",
      "exitCode",
      "result",
      "durationMs",
      "engine",
      "buffers",
      "events",
      "truncated",
      "findings",
      "crash",
      "engineStats",
    ]);
    expect(report).to.deep.include({
      function: "copy",
      outcome: "returned",
      exitCode: null,
      result: 5,
      durationMs: 1.25,
      engine: "auto",
      truncated: false,
      crash: null,
      engineStats: { ran: "fragments", stops: 3 },
    });
  });

  it("gives each buffer with its content in base64, in the order of the arguments", () => {
    const [first, second] = toJsonReport(callOf([])).buffers;
    expect(first).to.deep.equal({
      name: "dst",
      arg: 0,
      address: "0x7f3a00000000",
      size: 8,
      const: false,
      content: "YWFhYWFhYWE=",
    });
    expect(second).to.include({ name: "src", arg: 1, const: true });
  });

  it("gives each event with its buffer, offset and symbol", () => {
    const { events } = toJsonReport(callOf(ROWS));
    expect(JSON.stringify(events[1])).to.equal(
      '{"kind":"write","address":"0x7f3a00000000","size":1,"certain":true,"ip":"0x401000",' +
        '"thread":7,"origin":"user","buffer":"dst","offset":0,"symbol":"libfoo.so!copy+0x14"}',
    );
    expect(events[10]).to.include({ buffer: "dst", offset: 8, size: 2 });
    expect(events[11]).to.include({ certain: false, ip: "0x999", symbol: null });
    expect(events[12]).to.include({ buffer: "dst", offset: -8, origin: "kernel", thread: 8 });
  });

  it("says of an access that was not understood that it was not", () => {
    expect(toJsonReport(callOf(ROWS)).events[13]).to.include({ kind: "unknown", certain: false });
  });

  it("gives an event that lies in no buffer to the nearest, and to none where there are none", () => {
    // The gap is [8, 96): byte 51 is 44 from dst's last byte and 45 from src's first.
    const { events } = toJsonReport(callOf([51, 52, 53, 94].map((i) => ({ address: HEAP + i }))));
    expect(events.map(({ buffer, offset }) => [buffer, offset])).to.deep.equal([
      ["dst", 51],
      ["src", -44],
      ["src", -43],
      ["src", -2],
    ]);
    const touching = toJsonReport(callOf([{ address: HEAP + 90, size: 8 }])).events[0];
    expect(touching).to.include({ buffer: "src", offset: -6 });
    const none = toJsonReport(callOf([{ address: HEAP }], {}, { buffers: [] })).events[0];
    expect(none).to.include({ buffer: null, offset: null });
  });

  it("gives findings with message, symbol and backtrace", () => {
    expect(toJsonReport(callOf(ROWS)).findings[0]).to.deep.equal({
      kind: "out-of-bounds-write",
      buffer: "dst",
      offset: 8,
      size: 2,
      count: 1,
      ip: "0x401000",
      symbol: "libfoo.so!copy+0x14",
      message: "writes 2 bytes past the end of dst (offset 8, size 8)",
      backtrace: [],
    });
  });

  it("says how far away bytes are that do not touch their buffer", () => {
    const { findings } = toJsonReport(
      callOf([
        { address: dst.address + 12 },
        { address: dst.address - 1 },
        { address: dst.address - 9, size: 4 },
        { kind: "write", address: src.address + 1, size: 2 },
      ]),
    );
    expect(findings.map(({ message }) => message)).to.deep.equal([
      "reads 1 byte past the end of dst, 4 bytes away (offset 12, size 8)",
      "reads 1 byte before the start of dst (offset -1, size 8)",
      "reads 4 bytes before the start of dst, 5 bytes away (offset -9, size 8)",
      "writes 2 bytes of src, which is const (offset 1, size 5)",
    ]);
  });

  it("gives a crash", () => {
    const cause = { kind: "unmapped", access: "write" } as const;
    const crash = { ...CRASH, cause };
    const report = toJsonReport(callOf([], { outcome: "crashed", result: null, crash }));
    expect(report.crash).to.deep.equal({
      signal: "SIGSEGV",
      address: "0x0",
      ip: "0x401000",
      symbol: "libfoo.so!copy+0x14",
      reason: "unmapped",
      message: "a null pointer was dereferenced",
      backtrace: [
        { symbol: "libfoo.so!copy+0x14", file: null, line: null },
        { symbol: "libfoo.so!copy+0x15", file: null, line: null },
        { symbol: null, file: null, line: null },
      ],
    });
    expect(report.result).to.equal(null);
  });

  it("says when events are missing, and still has the findings of all", () => {
    const report = toJsonReport(callOf(ROWS, {}, { limit: 3 }));
    expect(report.truncated).to.equal(true);
    expect(report.events.length).to.equal(3);
    expect(report.findings.length).to.equal(2);
  });
});

describe("resultToJson", () => {
  const pointer = { kind: "pointer", to: BYTE, const: false } as const;
  const long = { kind: "int", bytes: 8, signed: true, char: false } as const;
  const double = { kind: "float", bytes: 8 } as const;

  it("gives integers as numbers up to 2^53, and as decimal strings past that", () => {
    expect(resultToJson(-7, INT)).to.equal(-7);
    expect(resultToJson(7n, long)).to.equal(7);
    expect(resultToJson(2n ** 53n - 1n, long)).to.equal(2 ** 53 - 1);
    expect(resultToJson(2n ** 64n - 1n, long)).to.equal("18446744073709551615");
    expect(resultToJson(-(2n ** 63n), long)).to.equal("-9223372036854775808");
  });

  it("gives pointers as hex strings", () => {
    expect(resultToJson(0x7f3a00000000n, pointer)).to.equal("0x7f3a00000000");
    expect(resultToJson(0, pointer)).to.equal("0x0");
    expect(resultToJson("0x10", pointer)).to.equal("0x10");
  });

  it("gives the floats that JSON has no numbers for as strings", () => {
    expect(resultToJson(1.5, double)).to.equal(1.5);
    expect(resultToJson(1e300, double)).to.equal(1e300);
    expect(resultToJson(Number.NaN, double)).to.equal("NaN");
    expect(resultToJson(Number.NEGATIVE_INFINITY, double)).to.equal("-Infinity");
  });

  it("gives a bool as one, and nothing for void or where nothing was returned", () => {
    expect(resultToJson(true, { kind: "bool" })).to.equal(true);
    expect(resultToJson(0, { kind: "void" })).to.equal(null);
    expect(resultToJson(null, INT)).to.equal(null);
  });
});

describe("jsonReportChunks", () => {
  it("is the text of toJsonReport", () => {
    const cause = { kind: "unmapped", access: "write" } as const;
    const crash = { ...CRASH, cause };
    for (const report of [
      callOf([]),
      callOf(ROWS),
      callOf(ROWS, {}, { limit: 3 }),
      callOf(ROWS, {}, { buffers: [] }),
      callOf(ROWS, {}, { buffers: [bufferAt('a "quoted"\nname', HEAP, 3)] }),
      callOf(ROWS, { outcome: "crashed", result: null, crash }),
      callOf([], { symbolizer: { symbolOf: () => 'a!"b"', imageOf: () => null } }),
    ]) {
      expect(textOf(report)).to.equal(JSON.stringify(toJsonReport(report)));
    }
  });

  it("comes in pieces, however long the trace and the buffers are", () => {
    const big = bufferAt("big", HEAP, 5_000_001);
    const rows = Array.from({ length: 5000 }, (_, i) => ({ address: HEAP + i * 8, size: 8 }));
    const report = callOf([], {}, { buffers: [big] });
    for (let i = 0; i < 20; i++) report.log.append(batchOf(rows));
    const chunks = [...jsonReportChunks(report)];
    expect(Math.max(...chunks.map(({ length }) => length))).to.be.lessThan(2 ** 21);
    const parsed = JSON.parse(chunks.join(""));
    expect(parsed.events.length).to.equal(100_000);
    expect(Buffer.from(parsed.buffers[0].content, "base64").length).to.equal(big.size);
  });
});

describe("jsonCallLineChunks", () => {
  it("is one line, with events that have no buffer and no offset", () => {
    const { log, symbolizer } = callOf([{ address: HEAP, size: 4 }]);
    const line = [...jsonCallLineChunks({ call: 3, log }, symbolizer)].join("");
    expect(line).to.match(/^[^\n]*\n$/);
    expect(JSON.parse(line)).to.deep.equal({
      call: 3,
      events: [
        {
          kind: "read",
          address: "0x7f3a00000000",
          size: 4,
          certain: true,
          ip: "0x401000",
          thread: 7,
          origin: "user",
          symbol: "libfoo.so!copy+0x14",
        },
      ],
      truncated: false,
    });
  });

  it("has an empty list for a call that touched nothing", () => {
    const { symbolizer } = callOf([]);
    const line = [...jsonCallLineChunks({ call: 1, log: new AccessLog() }, symbolizer)].join("");
    expect(line).to.equal('{"call":1,"events":[],"truncated":false}\n');
  });
});
