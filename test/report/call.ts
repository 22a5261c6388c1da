import { FindingCollector } from "../../dist/judge/index.js";
import { AccessLog, type HeapBuffer, type Signature } from "../../dist/model/index.js";
import type { CallReport } from "../../dist/report/index.js";
import { batchOf, bufferAt, IP, type Row } from "./batch.js";

export const HEAP = 0x7f3a_0000_0000;

export const BYTE = { kind: "int", bytes: 1, signed: false, char: false } as const;
export const INT = { kind: "int", bytes: 4, signed: true, char: false } as const;

/** `int copy(uint8_t *dst, const uint8_t *src)`. */
const SIGNATURE: Signature = {
  name: "copy",
  result: INT,
  parameters: [
    { name: "dst", type: { kind: "pointer", to: BYTE, const: false } },
    { name: "src", type: { kind: "pointer", to: BYTE, const: true } },
  ],
  variadic: false,
  text: "int copy(uint8_t *dst, const uint8_t *src)",
};

export const dst = bufferAt("dst", HEAP, 8, { arg: 0 });
export const src = bufferAt("src", HEAP + 96, 5, { arg: 1, const: true });

/** A call of `copy` that returned, with the findings of its accesses. */
export function callOf(
  rows: readonly Row[],
  more: Partial<CallReport> = {},
  { buffers = [dst, src] as readonly HeapBuffer[], limit = Number.POSITIVE_INFINITY } = {},
): CallReport {
  const batch = batchOf(rows);
  const log = new AccessLog(limit);
  log.append(batch);
  const collector = new FindingCollector(buffers);
  collector.add(batch);
  return {
    function: "copy",
    signature: SIGNATURE,
    arguments: [
      { name: "dst", index: 0, value: { kind: "buffer", bytes: null, size: 8, const: false } },
      {
        name: "src",
        index: 1,
        value: { kind: "buffer", bytes: Buffer.from("hello"), size: 5, const: true },
      },
    ],
    outcome: "returned",
    exitCode: null,
    result: 5,
    durationMs: 1.25,
    engine: "auto",
    engineStats: { ran: "fragments", stops: 3 },
    buffers: buffers.map((buffer) => ({ ...buffer, content: Buffer.alloc(buffer.size, 0x61) })),
    log,
    findings: collector.finish(),
    suppressed: [],
    crash: null,
    symbolizer: {
      symbolOf: (ip) => (ip === IP ? "libfoo.so!copy+0x14" : null),
      imageOf: (ip) => (ip === IP ? "libfoo.so" : "libc.so.6"),
    },
    ...more,
  };
}

/** `copy` as it should be: every byte of `src` read, then written to `dst`. */
export const COPIES: readonly Row[] = [0, 1, 2, 3, 4].flatMap((i) => [
  { address: src.address + i },
  { kind: "write", address: dst.address + i },
]);
