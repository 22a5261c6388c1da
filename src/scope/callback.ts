import { inspect } from "node:util";
import type { Callbacks } from "./callbacks.js";

/** A JavaScript function that C may call until it is freed: what `scope.callback` gives. */
export class Callback {
  #freed = false;

  constructor(
    private readonly callbacks: Callbacks,
    /** What C calls: give it where a function pointer is due, or the callback itself. */
    readonly address: bigint,
  ) {}

  /** C is not to call it any more: a call that does so rejects with CALLBACK_ENDED. */
  free(): void {
    if (!this.#freed) this.callbacks.end(this.address);
    this.#freed = true;
  }

  /** No call takes it any more. */
  get freed(): boolean {
    return this.#freed;
  }

  /** Whether it is one of `callbacks`. */
  isOf(callbacks: Callbacks): boolean {
    return this.callbacks === callbacks;
  }

  [inspect.custom](): string {
    return `Callback (${this.#freed ? "freed" : `at 0x${this.address.toString(16)}`})`;
  }

  [Symbol.dispose](): void {
    this.free();
  }
}
