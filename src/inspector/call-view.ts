import { BufferIndex } from "../judge/index.js";
import type { CallRecord } from "../machines/index.js";
import { type Finding, type HeapBuffer, toHex } from "../model/index.js";
import {
  byteMapRows,
  findingMessage,
  labelOf,
  summarise,
  type TouchedBytes,
  touchedBytes,
} from "../report/index.js";
import type { BufferView, CallView } from "./entry.js";
import { touchedAreas } from "./touched-areas.js";

/** Of a byte map: characters a row, and rows. */
const PER_ROW = 32;
const MAX_ROWS = 8;

/** Buffers that are shown of a call, and findings. */
const MAX_BUFFERS = 12;
const MAX_FINDINGS = 20;

interface ShownBuffer {
  readonly buffer: HeapBuffer;
  readonly read: number;
  readonly written: number;
  readonly untouched: number;
  readonly touched: TouchedBytes;
}

/** A call that is over. It keeps what its byte maps are made of, and not its log. */
export class InspectedCall {
  readonly #buffers: readonly ShownBuffer[];
  readonly #facts: Omit<CallView, "buffers" | "findings">;
  readonly #judged: readonly Finding[] | null;

  /** `buffers` null: nobody has said what they are. */
  constructor(record: CallRecord, name: string | null, buffers: readonly HeapBuffer[] | null) {
    const { log, call, outcome, signal, exitCode, durationMs } = record;
    this.#judged = record.findings;
    const known = buffers ?? touchedAreas(log);
    const index = new BufferIndex(known.slice(0, MAX_BUFFERS));
    const { reads, writes, unknown, threads, coverage } = summarise(log, index);
    this.#buffers = index.buffers
      .map((buffer, at) => {
        const { read, written } = coverage[at]!;
        let untouched = buffer.size;
        for (let i = 0; i < buffer.size; i++) untouched -= read.marks[i]! | written.marks[i]!;
        const touched = touchedBytes(buffer, coverage[at]!, PER_ROW, MAX_ROWS);
        return { buffer, read: read.count(), written: written.count(), untouched, touched };
      })
      .sort((a, b) => a.buffer.arg - b.buffer.arg);
    const how = signal ?? (exitCode === null ? null : `exit code ${exitCode}`);
    this.#facts = {
      ...{ call, name, outcome: how === null ? outcome : `${outcome}: ${how}`, durationMs },
      ...{ accesses: log.total, kept: log.length, reads, writes, unknown, threads },
      more: Math.max(0, known.length - MAX_BUFFERS),
    };
  }

  /** `findings` null: nobody has added any; the session may have judged the call. */
  view(added: readonly Finding[] | null): CallView {
    const findings = added ?? this.#judged;
    return {
      ...this.#facts,
      buffers: this.#buffers.map((shown) => bufferView(shown, findings ?? [])),
      findings: findings && this.#messages(findings),
    };
  }

  #messages(findings: readonly Finding[]): string[] {
    const sizes = new Map(this.#buffers.map(({ buffer }) => [buffer.name, buffer.size]));
    const messages = findings
      .slice(0, MAX_FINDINGS)
      .map((found) => `${found.kind}: ${findingMessage(found, sizes.get(found.buffer) ?? 0)}`);
    const left = findings.length - messages.length;
    return left > 0 ? [...messages, `… ${left} more`] : messages;
  }
}

function bufferView(
  { buffer, read, written, untouched, touched }: ShownBuffer,
  findings: readonly Finding[],
): BufferView {
  const own = findings.filter((finding) => finding.buffer === buffer.name);
  return {
    ...{ name: buffer.name, address: toHex(buffer.address), size: buffer.size },
    ...{ const: buffer.const, read, written, untouched, scale: touched.scale },
    rows: byteMapRows(touched, own).map(({ offset, glyphs, note }) => ({
      label: labelOf(offset),
      glyphs: glyphs.join(""),
      note: note ?? null,
    })),
  };
}
