import type { ValueRules } from "../values/index.js";
import type { BufferPointer } from "./scope-buffer.js";

/** What a host is to a function that it calls. */
export interface CallbackHost {
  /** Any memory of it. */
  readonly memory: {
    read(address: bigint, length: number): Buffer;
    write(address: bigint, bytes: Uint8Array): void;
  };
  /** The traced heap. */
  readonly heap: {
    readonly rules: ValueRules<BufferPointer>;
    offsetOf(address: bigint, length: number): number | null;
    write(offset: number, bytes: Uint8Array): void;
  };
  /** Ends it: what it runs is not to go on. */
  kill(): void;
}
