import { AsyncLocalStorage } from "node:async_hooks";
import { passing, placeArguments } from "../abi/index.js";
import {
  CALLBACK_BYTES,
  CALLBACK_CODE,
  type CallbackAnswer,
  type CallbackCall,
  MOST_CALLBACKS,
} from "../model/callback-code.js";
import type { CType, Signature } from "../model/index.js";
import { type CallbackFunction, layoutOfC, readValue } from "../values/index.js";
import { callbackErrors } from "./callback-errors.js";
import type { CallbackHost } from "./callback-host.js";
import { answerWith } from "./callback-result.js";

interface Known {
  readonly signature: Signature;
  readonly fn: CallbackFunction;
  ended: boolean;
}

/** A function that C waits for while it runs. */
interface Running {
  readonly callbacks: Callbacks;
  runs: boolean;
  /** What has made the call that called it: a function of another scope, which waits as well. */
  readonly outer: Running | undefined;
}

/** What runs, and whatever it has begun. */
const inside = new AsyncLocalStorage<Running>();

function innermost(of: (callbacks: Callbacks) => boolean): Running | undefined {
  let at = inside.getStore();
  while (at && !(at.runs && of(at.callbacks))) at = at.outer;
  return at;
}

/** Whether this is run by a function that C has called, of any scope. */
export const isInCallback = (): boolean => innermost(() => true) !== undefined;

const ZERO: CallbackAnswer = { integers: [0n, 0n], vectors: [0n, 0n] };

/**
 * The JavaScript functions that C may call, by the addresses that stand for them. They outlive a host: an
 * address is good in the next.
 */
export class Callbacks {
  readonly #known = new Map<number, Known>();
  #next = 0;
  /** Why the call that runs is to reject; the next one, where none runs. */
  #error: { readonly error: unknown } | null = null;

  /** Who has made the call that runs. */
  #outer: Running | undefined;

  /** A call is made, by whoever runs this. */
  callBegins(): void {
    this.#outer = innermost(() => true);
  }

  /** Whether this is run by a function that C has called, which waits for it. */
  get isInside(): boolean {
    return innermost((callbacks) => callbacks === this) !== undefined;
  }

  /** The address of `fn` from here on. Throws TOO_MANY_CALLBACKS, CALLBACK_TYPE. */
  add(signature: Signature, fn: CallbackFunction): bigint {
    checkServed(signature);
    for (let tries = 0; tries < MOST_CALLBACKS; tries++) {
      const number = this.#next;
      this.#next = (this.#next + 1) % MOST_CALLBACKS;
      if (this.#known.get(number)?.ended === false) continue;
      this.#known.set(number, { signature, fn, ended: false });
      return BigInt(CALLBACK_CODE + number * CALLBACK_BYTES);
    }
    throw callbackErrors.tooMany(MOST_CALLBACKS);
  }

  /** C is not to call it any more. */
  end(address: bigint): void {
    const known = this.#known.get((Number(address) - CALLBACK_CODE) / CALLBACK_BYTES);
    if (known) known.ended = true;
  }

  /** Throws what a function has thrown since the last look. */
  throwThrown(): void {
    const thrown = this.#error;
    this.#error = null;
    if (thrown) throw thrown.error;
  }

  /**
   * What `call` returns to C. A function that throws returns zero, and so do all that the call still
   * calls, without being run. One that is not there any more ends the host.
   */
  async run(host: CallbackHost, call: CallbackCall): Promise<CallbackAnswer | null> {
    const known = this.#known.get(call.callback);
    if (!known || known.ended) {
      this.#error ??= { error: callbackErrors.ended(known?.signature.text ?? null) };
      host.kill();
      return null;
    }
    if (this.#error) return ZERO;
    const caller: Running = { callbacks: this, runs: true, outer: this.#outer };
    try {
      const { signature, fn } = known;
      const values = argumentsOf(host, signature, call);
      const given = inside.run(caller, () => fn(...values));
      return answerWith(host, signature, isThenable(given) ? await given : given, call);
    } catch (error) {
      this.#error ??= { error };
      return ZERO;
    } finally {
      caller.runs = false;
    }
  }
}

/** @throws UsageError CALLBACK_TYPE for what cannot be returned to C. */
function checkServed({ result, text }: Signature): void {
  const isX87 = result.kind !== "void" && passing(result).class.startsWith("x87");
  if (isX87) throw callbackErrors.noResult(text);
}

/** No value of C has a function in it. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}

/** What C has passed, as `buffer.value()` reads it. */
function argumentsOf(host: CallbackHost, signature: Signature, call: CallbackCall): unknown[] {
  const { parameters, result } = signature;
  const passed = parameters.map(({ type }) => passing(type));
  const inMemory = result.kind !== "void" && passing(result).class === "memory";
  const placement = placeArguments(passed, inMemory);
  const { vectors } = call;
  const words = new DataView(vectors.buffer, vectors.byteOffset, vectors.byteLength);
  return parameters.map(({ type }, i) => {
    const bytes = Buffer.alloc(Math.max(passed[i]!.size, 16));
    for (const to of placement.arguments[i]!) {
      if (to.in === "stack") {
        const at = BigInt(call.stack + 8 + to.offset);
        host.memory.read(at, passed[i]!.size).copy(bytes);
      } else {
        const word =
          to.in === "integer"
            ? call.integers[to.register]!
            : words.getBigUint64(to.register * 16, true);
        bytes.writeBigUInt64LE(word, to.eightbyte * 8);
      }
    }
    return heldValue(type, bytes);
  });
}

function heldValue(type: CType, bytes: Buffer): unknown {
  return readValue(new DataView(bytes.buffer, bytes.byteOffset), layoutOfC(type), 0);
}
