import { readSync } from "node:fs";
import { codeFacts, FindingCollector } from "../../judge/index.js";
import type { AccessBatch, Argument, Finding, HeapBuffer } from "../../model/index.js";
import { type Symbolizer, symbolizerOf } from "../../symbols/index.js";
import type { HeapFacts, HostCall, NamedCode } from "../session/session-events.js";

/** Judges a host call's accesses as they come, by the buffers that it was given. */
export class CallJudge {
  readonly #buffers: readonly HeapBuffer[];
  readonly #before = new Map<HeapBuffer, Uint8Array>();
  #collector: FindingCollector | null = null;

  /** `functions`: all that are known when the call begins. */
  constructor(
    readonly call: HostCall,
    readonly heap: HeapFacts,
    readonly functions: readonly NamedCode[],
  ) {
    this.#buffers = call.buffers ?? [];
  }

  /** The call begins: what the buffers that it was given hold now is what they held before it. */
  begin(maps: string): void {
    for (const buffer of this.#buffers) {
      const isWritten = !this.call.unwritten?.includes(buffer.arg);
      if (buffer.arg >= 0 && isWritten) this.#before.set(buffer, contentOf(this.heap, buffer));
    }
    this.#collector = new FindingCollector(this.#buffers, {
      ...codeFacts(lazily(() => symbolizerOf(maps, this.functions))),
      calledFunction: this.call.symbol,
      arguments: integersOf(this.call),
      contentOf: (buffer) => contentOf(this.heap, buffer),
      bytesBefore: (buffer) => this.#before.get(buffer) ?? null,
    });
  }

  add(batch: AccessBatch): void {
    this.#collector?.add(batch);
  }

  /** In the order in which they first showed. */
  findings(): Finding[] {
    return this.#collector?.finish() ?? [];
  }
}

/** Most calls are judged without a look at the code that made their accesses. */
function lazily(make: () => Symbolizer): Parameters<typeof codeFacts>[0] {
  let made: Symbolizer | null = null;
  const symbols = () => {
    made ??= make();
    return made;
  };
  return {
    imageOf: (ip) => symbols().imageOf(ip),
    functionOf: (ip) => symbols().functionOf(ip),
  };
}

/** A call's lengths tell how far it may read; nothing else of the arguments is asked. */
function integersOf({ args }: HostCall): Argument[] {
  return args.map((arg, index): Argument => {
    const name = `arg${index}`;
    if (arg.type === "comparator" || arg.type === "ptr") {
      return { name, index, value: { kind: "null" } };
    }
    if (arg.type === "f32" || arg.type === "f64") {
      const bytes = arg.type === "f32" ? 4 : 8;
      return { name, index, value: { kind: "float", value: Number(arg.value), bytes } };
    }
    return { name, index, value: { kind: "int", value: BigInt(arg.value) } };
  });
}

/** read(2) takes no more at a time. */
const MAX_READ_BYTES = 2 ** 30;

/** What a buffer of a host's heap holds. The memory outlives the tracee: this process has it open. */
export function contentOf(heap: HeapFacts, buffer: HeapBuffer): Uint8Array {
  const content = Buffer.alloc(buffer.size);
  const start = buffer.address - Number(heap.guarded);
  for (let done = 0; done < buffer.size; ) {
    const length = Math.min(buffer.size - done, MAX_READ_BYTES);
    done += readSync(heap.fd, content, done, length, start + done);
  }
  return content;
}
