import koffi, { type LibraryHandle } from "koffi";
import { FfiscopeError } from "../model/index.js";
import { libc } from "./libc.js";

const errnoLocation = libc.func("size_t __errno_location()");

/** A loaded library. */
export interface ForeignLibrary {
  /** Where it has a function, behind any ifunc. Throws FfiscopeError SYMBOL_NOT_FOUND. */
  addressOf(symbol: string): number;
}

/**
 * Loads a library by path or soname. `deep`: with RTLD_DEEPBIND, so that its calls to itself are not
 * bound to the copies of zlib, OpenSSL and others that Node exports.
 * Throws FfiscopeError LIBRARY_NOT_LOADED.
 */
export function loadForeignLibrary(name: string, deep: boolean): ForeignLibrary {
  let library: LibraryHandle;
  try {
    // Not by dlopen(3) itself: its constructors are to run on the stack of the program.
    library = koffi.load(name, { deep, lazy: true });
  } catch (cause) {
    throw new FfiscopeError({
      code: "LIBRARY_NOT_LOADED",
      message: `cannot load library '${name}': ${textOf(cause)}`,
      remedy: "Give a path (with a slash) or the soname of an installed library, such as libz.so.1",
      cause,
    });
  }
  const known = new Map<string, number>();
  return {
    addressOf(symbol) {
      const address = known.get(symbol) ?? find(library, name, symbol);
      known.set(symbol, address);
      return address;
    },
  };
}

function find(library: LibraryHandle, name: string, symbol: string): number {
  try {
    return Number(library.symbol(symbol));
  } catch (cause) {
    throw new FfiscopeError({
      code: "SYMBOL_NOT_FOUND",
      message: `library '${name}' has no function '${symbol}'`,
      remedy: "Check the name in the prototype (nm -D lists what a library exports)",
      cause,
    });
  }
}

/** Code at `address` that takes one address and returns nothing, on the stack of calls. */
export function codeAt(address: number): (argument: number) => void {
  return koffi.decode(BigInt(address), koffi.proto("void (size_t)"));
}

/** Where the calling thread has errno(3). */
export function errnoAddress(): number {
  return Number(errnoLocation());
}

function textOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replace(/^Failed to load shared library: /, "");
}
