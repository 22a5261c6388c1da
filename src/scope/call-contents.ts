import { BufferIndex, type CallBuffers } from "../judge/index.js";
import type { GivenBuffer } from "./given-buffer.js";
import type { ScopeBuffer } from "./scope-buffer.js";

/** A buffer that a call was given, with what it holds now; null where no argument led to it. */
export interface GivenContent extends GivenBuffer {
  readonly content: Uint8Array | null;
}

/** All buffers that there were when a call was made, with what those hold that it was given. */
export class CallContents {
  readonly #contents: ReadonlyMap<ScopeBuffer, Uint8Array | null>;
  #all: readonly GivenContent[] | null = null;
  #index: BufferIndex<GivenContent> | null = null;

  /** Reads them: the call is over. */
  constructor(
    private readonly buffers: CallBuffers<GivenBuffer>,
    /** Of what was freed: whether the call is about it. */
    private readonly isNamed: (freed: GivenBuffer) => boolean,
  ) {
    const contents = new Map<ScopeBuffer, Uint8Array | null>();
    for (const { source, size } of buffers.given) {
      source.isWritten = true; // by the call, as far as anyone knows
      contents.set(source, source.freed ? null : source.heap.read(source.start, size));
    }
    this.#contents = contents;
  }

  /** First what the arguments led to; last what was freed, where it is used. Each in the order of allocation, or of address. */
  get all(): readonly GivenContent[] {
    if (this.#all === null) {
      const given = new Set(this.buffers.given);
      const others = this.buffers.buffers.filter((buffer) => !given.has(buffer));
      others.sort((a, b) => a.source.serial - b.source.serial);
      const freed = this.buffers.freed.filter(this.isNamed);
      this.#all = [...given, ...others, ...freed].map((buffer) => this.#withContent(buffer));
    }
    return this.#all;
  }

  get index(): BufferIndex<GivenContent> {
    this.#index ??= new BufferIndex(this.all);
    return this.#index;
  }

  #withContent(buffer: GivenBuffer): GivenContent {
    return { ...buffer, content: this.#contents.get(buffer.source) ?? null };
  }
}
