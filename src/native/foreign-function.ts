import koffi, { type LibraryHandle } from "koffi";
import { FfiscopeError } from "../model/index.js";
import { libc } from "./libc.js";

const dladdr1 = libc.func("int dladdr1(size_t address, void *info, void *entry, int flags)");
const RTLD_DL_SYMENT = 1; // dlfcn.h
/** `saddr` in Dl_info, in words; the file's name and base and the symbol's name are before it. */
const SYMBOL_ADDRESS = 3;
/** `st_info` in Elf64_Sym, and its types of symbols that are no code (elf.h). */
const ST_INFO = 4n;
const DATA_TYPES = new Set([1, 5, 6]); // STT_OBJECT, STT_COMMON, STT_TLS

const errnoLocation = libc.func("size_t __errno_location()");

/** A loaded library. */
export interface ForeignLibrary {
  /** Where it has a function, behind any ifunc. Throws FfiscopeError SYMBOL_NOT_FOUND, NOT_A_FUNCTION. */
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
  const address = addressIn(library, name, symbol);
  if (!isData(address)) return address;
  throw new FfiscopeError({
    code: "NOT_A_FUNCTION",
    message: `'${symbol}' of library '${name}' is data, not a function`,
    remedy: `Call a function; a scope reads and writes data: library.data("${symbol}", TYPE)`,
  });
}

function addressIn(library: LibraryHandle, name: string, symbol: string): number {
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

/** The symbol that begins at `address` is one of data. */
function isData(address: number): boolean {
  const info = new BigUint64Array(4);
  const entry = new BigUint64Array(1);
  if (dladdr1(address, info, entry, RTLD_DL_SYMENT) === 0 || entry[0] === 0n) return false;
  if (Number(info[SYMBOL_ADDRESS]) !== address) return false;
  return DATA_TYPES.has(koffi.decode(entry[0]! + ST_INFO, "uint8") & 0xf);
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
