import { readFileSync } from "node:fs";
import koffi from "koffi";

const RTLD_NOW = 2; // dlfcn.h

const libc = koffi.load("libc.so.6");
const dlopen = libc.func("void *dlopen(const char *name, int flags)");
const dlsym = libc.func("void *dlsym(void *library, const char *name)");

/** The text of this process's maps. */
export const mapsText = (): string => readFileSync("/proc/self/maps", "utf8");

/** Where a library's symbols are; it throws for one that is not there, `find` gives null. */
export interface Library {
  (symbol: string): number;
  find(symbol: string): number | null;
}

/** Loads a library into this process; an empty name means the executable and what it has loaded. */
export function load(name: string): Library {
  const library = dlopen(name === "" ? null : name, RTLD_NOW);
  if (!library) throw new Error(`dlopen ${name} failed`);
  const find = (symbol: string) => {
    const address = dlsym(library, symbol);
    return address ? Number(koffi.address(address)) : null;
  };
  const get = (symbol: string) => {
    const address = find(symbol);
    if (address === null) throw new Error(`${name} has no ${symbol}`);
    return address;
  };
  return Object.assign(get, { find });
}

/** Calls the function at `address`, which takes nothing and returns a pointer. */
export function call(name: string, symbol: string): number {
  const result = koffi.load(name).func(symbol, "void *", [])();
  return Number(koffi.address(result));
}
