import { inspect } from "node:util";
import type { Declarations } from "../prototype/index.js";
import type { TypeSpec } from "../values/index.js";
import type { ForeignRequest } from "./call-builder.js";
import { splitOptions } from "./call-options.js";
import { scopeErrors } from "./errors.js";
import { type DataHolder, dataOf, type LibraryData } from "./library-data.js";
import type { ForeignFunction } from "./prototype-types.js";
import type { CallOptions } from "./scope-options.js";
import type { TracedCall } from "./traced-call.js";
import type { HeldValue } from "./value-types.js";

/** Who makes the calls of a library's functions. */
export interface Caller {
  /** Who has its data: one host, and no pool of them. */
  readonly data?: DataHolder;
  readonly declarations: Declarations;
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

  [inspect.custom](): string {
    return `Library ${this.name}`;
  }

  /**
   * A function of it, by its C prototype, or by its name alone where that is declared. That it is there shows when it is called: the call rejects
   * with SYMBOL_NOT_FOUND. Throws UsageError where the prototype cannot be read, or the name is not
   * declared.
   *
   * ```ts
   * const crc32 = lib.func("ulong crc32(ulong crc, const uint8_t *buf, uint len)");
   * const { result } = await crc32(0, buf, 5, { timeout: 1_000 });
   * ```
   */
  func<const P extends string>(prototype: P): ForeignFunction<P> {
    return foreignFunction<P>(this.caller, this.name, this.deep, prototype);
  }

  /**
   * Data that it exports, by its name and type; the type may be left out where the name is declared. That it is there shows when it is read. Throws UsageError
   * where the type cannot be read.
   *
   * ```ts
   * const environ = lib.data("environ", "char **");
   * const first = await scope.read(await environ.value(), 8);
   * await environ.write(["HOME=/", null]);
   * ```
   */
  data<const T extends TypeSpec>(name: string, type: T): LibraryData<HeldValue<T>>;
  data(name: string): LibraryData;
  data(name: string, type?: TypeSpec): LibraryData {
    const { data, declarations } = this.caller;
    if (!data) throw scopeErrors.poolData(name);
    const library = { library: this.name, deep: this.deep };
    return dataOf(data, library, name, { type, declarations });
  }
}

/** The function that `caller` calls for `prototype`. */
export function foreignFunction<P extends string>(
  caller: Caller,
  library: string,
  deep: boolean,
  prototype: P,
): ForeignFunction<P> {
  const signature = caller.declarations.signature(prototype);
  const call = async (...given: readonly unknown[]) => {
    const { values, options } = splitOptions(signature, given);
    return caller.call({ library, deep, signature }, values, options);
  };
  Object.defineProperty(call, "name", { value: signature.name });
  return call as unknown as ForeignFunction<P>;
}
