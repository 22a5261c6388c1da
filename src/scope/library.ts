import { parsePrototype } from "../prototype/index.js";
import type { ForeignRequest } from "./call-builder.js";
import { splitOptions } from "./call-options.js";
import type { ForeignFunction } from "./prototype-types.js";
import type { CallOptions } from "./scope-options.js";
import type { TracedCall } from "./traced-call.js";

/** Who makes the calls of a library's functions. */
export interface Caller {
  call(
    request: ForeignRequest,
    values: readonly unknown[],
    options: CallOptions,
  ): Promise<TracedCall>;
}

/** A library of a scope. */
export class Library {
  constructor(
    private readonly caller: Caller,
    /** As it was loaded: a path or a soname. */
    readonly name: string,
    private readonly deep: boolean,
  ) {}

  /**
   * A function of it, by its C prototype. That it is there shows when it is called: the call rejects
   * with SYMBOL_NOT_FOUND. Throws UsageError where the prototype cannot be read.
   *
   * ```ts
   * const crc32 = lib.func("ulong crc32(ulong crc, const uint8_t *buf, uint len)");
   * const { result } = await crc32(0, buf, 5, { timeout: 1_000 });
   * ```
   */
  func<const P extends string>(prototype: P): ForeignFunction<P> {
    return foreignFunction<P>(this.caller, this.name, this.deep, prototype);
  }
}

/** The function that `caller` calls for `prototype`. */
export function foreignFunction<P extends string>(
  caller: Caller,
  library: string,
  deep: boolean,
  prototype: P,
): ForeignFunction<P> {
  const signature = parsePrototype(prototype);
  const call = async (...given: readonly unknown[]) => {
    const { values, options } = splitOptions(signature, given);
    return caller.call({ library, deep, signature }, values, options);
  };
  Object.defineProperty(call, "name", { value: signature.name });
  return call as unknown as ForeignFunction<P>;
}
