import type { HeapBuffer } from "../model/index.js";
import type { ScopeBuffer } from "./scope-buffer.js";

/** A buffer as one call has it, and the memory of the scope that it is. */
export interface GivenBuffer extends HeapBuffer {
  readonly source: ScopeBuffer;
  /** It was freed before the call, and nothing else lies there since; left out where it was not. */
  readonly freed?: true;
}
