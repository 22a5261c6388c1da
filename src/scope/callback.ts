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

  [Symbol.dispose](): void {
    this.free();
  }
}
