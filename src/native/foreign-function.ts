import koffi, { type LibraryHandle } from "koffi";
import { FfiscopeError } from "../model/index.js";

/** koffi's names of the types that a call can pass. Pointers are passed as the integers they are. */
const KOFFI_TYPE = {
  void: "void",
  bool: "bool",
  i8: "int8",
  u8: "uint8",
  i16: "int16",
  u16: "uint16",
  i32: "int32",
  u32: "uint32",
  i64: "int64",
  u64: "uint64",
  f32: "float32",
  f64: "float64",
  ptr: "uint64",
} as const;

export type ForeignType = keyof typeof KOFFI_TYPE;

export interface ForeignSignature {
  readonly result: ForeignType;
  readonly args: readonly ForeignType[];
  /** Parameters before `...`; -1 where the function is not variadic. */
  readonly fixedArgs: number;
}

/** What a native function returned (a bool as the byte that it is), and left in errno(3), 0 before. */
export interface ForeignResult {
  readonly value: number | bigint;
  readonly errno: number;
}

/** A native function, ready to be called with these arguments. */
export type ForeignCall = (values: readonly (number | bigint)[]) => ForeignResult;

/** A loaded library. */
export interface ForeignLibrary {
  /** Throws FfiscopeError SYMBOL_NOT_FOUND. */
  bind(symbol: string, signature: ForeignSignature): ForeignCall;
}

/**
 * Loads a library by path or soname. `deep`: with RTLD_DEEPBIND, so that its calls to itself are not
 * bound to the copies of zlib, OpenSSL and others that Node exports.
 * Throws FfiscopeError LIBRARY_NOT_LOADED.
 */
export function loadForeignLibrary(name: string, deep: boolean): ForeignLibrary {
  let library: LibraryHandle;
  try {
    library = koffi.load(name, { deep, lazy: true });
  } catch (cause) {
    throw new FfiscopeError({
      code: "LIBRARY_NOT_LOADED",
      message: `cannot load library '${name}': ${textOf(cause)}`,
      remedy: "Give a path (with a slash) or the soname of an installed library, such as libz.so.1",
      cause,
    });
  }
  return { bind: (symbol, signature) => bind(library, name, symbol, signature) };
}

function bind(
  library: LibraryHandle,
  name: string,
  symbol: string,
  { result, args, fixedArgs }: ForeignSignature,
): ForeignCall {
  const types = args.map((type) => KOFFI_TYPE[type]);
  const variadic = fixedArgs >= 0;
  const declared = variadic ? [...types.slice(0, fixedArgs), "..."] : types;
  let call: ReturnType<LibraryHandle["func"]>;
  try {
    // A bool is a byte, and may be neither 0 nor 1: koffi would make it true.
    call = library.func(symbol, KOFFI_TYPE[result === "bool" ? "u8" : result], declared);
  } catch (cause) {
    throw new FfiscopeError({
      code: "SYMBOL_NOT_FOUND",
      message: `library '${name}' has no function '${symbol}'`,
      remedy: "Check the name in the prototype (nm -D lists what a library exports)",
      cause,
    });
  }
  return (values) => {
    const given = values.flatMap((value, i) =>
      variadic && i >= fixedArgs ? [types[i], passed(value, args[i]!)] : [passed(value, args[i]!)],
    );
    koffi.errno(0);
    const value = call(...given);
    // At once: whatever else this process does sets it, too.
    return { value, errno: koffi.errno() };
  };
}

function passed(value: number | bigint, type: ForeignType): number | bigint | boolean {
  return type === "bool" ? value !== 0 && value !== 0n : value;
}

function textOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replace(/^Failed to load shared library: /, "");
}
