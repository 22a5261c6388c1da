import { readSync } from "node:fs";
import type { ToldFinding } from "../../ipc/index.js";
import {
  type BufferContents,
  CallBuffers,
  FindingCollector,
  type JudgedBuffer,
} from "../../judge/index.js";
import type { AccessBatch, Finding, HeapBuffer } from "../../model/index.js";
import { findingMessage } from "../../report/finding-message.js";
import { Symbolizer } from "../../symbols/index.js";
import type { HeapFacts, HostArg, HostCall, NamedCode } from "../session/session-events.js";

/** What is judged: a host's call; or a client's, of which the function is not known. */
export type JudgedCall = Pick<HostCall, "buffers" | "unwritten" | "symbol" | "args">;

/** Has a call judged: tells `judge` what the call was given, and reads the heap for it. */
export class CallJudge {
  #collector: FindingCollector | null = null;
  #code: Symbolizer | null = null;
  #findings: Finding[] | null = null;

  /** `functions`: all that are known when the call begins. */
  constructor(
    readonly call: JudgedCall,
    readonly heap: HeapFacts,
    readonly functions: readonly NamedCode[],
  ) {}

  /** The call begins: what the buffers that it was given hold now is what they held before it. */
  begin(maps: string): void {
    const { buffers = [], unwritten = [], symbol, args } = this.call;
    const memory: BufferContents = {
      contentOf: (buffer) => contentOf(this.heap, buffer),
      bytesAt: (address, size) => bytesAt(this.heap, address, size),
    };
    const judge = (buffer: HeapBuffer): JudgedBuffer => {
      const isWritten = buffer.arg >= 0 && !unwritten.includes(buffer.arg);
      return { ...buffer, before: isWritten ? memory.contentOf(buffer) : null };
    };
    this.#code = new Symbolizer(maps, this.functions);
    const judged = buffers instanceof CallBuffers ? buffers.withGiven(judge) : buffers.map(judge);
    this.#collector = new FindingCollector(judged, {
      function: symbol,
      integers: args.map(integerOf),
      code: this.#code,
      memory,
      ...(buffers instanceof CallBuffers && { freed: buffers.freed }),
    });
  }

  add(batch: AccessBatch): void {
    this.#collector?.add(batch);
  }

  /** In the order in which they first showed. */
  findings(): Finding[] {
    this.#findings ??= this.#collector?.finish() ?? [];
    return this.#findings;
  }

  /** The same in words. */
  told(buffers: readonly HeapBuffer[]): ToldFinding[] {
    const findings = this.findings();
    if (findings.length === 0) return [];
    const sizes = new Map(buffers.map(({ name, size }) => [name, size]));
    return findings.map((finding) => {
      const { kind, buffer, offset, size, count, ip } = finding;
      const symbol = this.#code?.symbolOf(ip) ?? "";
      const message = findingMessage(finding, sizes.get(buffer) ?? 0);
      return { kind, buffer, offset, size, count, ip, symbol, message };
    });
  }
}

/** Null for what is no integer. */
function integerOf(arg: HostArg): bigint | null {
  switch (arg.type) {
    case "comparator":
    case "bytes":
    case "result":
    case "ptr":
    case "f32":
    case "f64":
      return null;
    default:
      return BigInt(arg.value);
  }
}

/** read(2) takes no more at a time. */
const MAX_READ_BYTES = 2 ** 30;

/** What a buffer of a host's heap holds. The memory outlives the tracee: this process has it open. */
export function contentOf(heap: HeapFacts, { address, size }: HeapBuffer): Uint8Array {
  return bytesAt(heap, address, size);
}

/** Bytes of a host's heap; none where it has ended before. */
function bytesAt(heap: HeapFacts, address: number, size: number): Uint8Array {
  const content = Buffer.alloc(size);
  const start = address - Number(heap.guarded);
  for (let done = 0; done < size; ) {
    const length = Math.min(size - done, MAX_READ_BYTES);
    const read = readSync(heap.fd, content, done, length, start + done);
    if (read === 0) return content.subarray(0, done);
    done += read;
  }
  return content;
}
