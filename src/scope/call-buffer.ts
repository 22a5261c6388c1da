import type { HeapBuffer } from "../model/index.js";
import type { ScopeBuffer } from "./scope-buffer.js";

/** A buffer as a call had it. Its address is of the host that made the call. */
export interface CallBuffer extends HeapBuffer {
  /** What it held after the call, or at its crash, exit or timeout; null where no argument led to it. */
  readonly content: Uint8Array | null;
  readonly source: ScopeBuffer;
}
