import { FfiscopeError, nearestName, type Pid } from "../model/index.js";
import { readMappings } from "../native/memory/maps.js";
import { exportedFunctions } from "../symbols/exported-functions.js";
import { libraryProblem } from "../symbols/library-file.js";

/** What `load` gives; where a library cannot be loaded, an error that says what is wrong with it. */
export function explainingLibrary<T>(name: string, load: () => T): T {
  try {
    return load();
  } catch (error) {
    const problem = codeOf(error) === "LIBRARY_NOT_LOADED" ? libraryProblem(name) : null;
    if (problem === null) throw error;
    throw new FfiscopeError({
      code: "LIBRARY_NOT_LOADED",
      message: `cannot load library '${name}': ${problem.what}`,
      remedy: problem.remedy,
      cause: error,
    });
  }
}

/** What `find` gives; where a library has no such function, an error with the one that was meant. */
export function explainingSymbol<T>(library: string, symbol: string, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (codeOf(error) !== "SYMBOL_NOT_FOUND") throw error;
    const path = pathOf(library);
    const meant = path === null ? null : nearestName(symbol, byLength(exportedFunctions(path)));
    if (meant === null) throw error;
    throw new FfiscopeError({
      code: "SYMBOL_NOT_FOUND",
      message: `library '${library}' has no function '${symbol}'`,
      remedy: `Did you mean '${meant}'?`,
      cause: error,
    });
  }
}

/** Of two equally near the shorter is meant: memcpy by `memcopy`, not memccpy. */
const byLength = (names: readonly string[]) =>
  [...names].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));

const codeOf = (error: unknown) => (error instanceof FfiscopeError ? error.code : null);

/** Of a library that is loaded. A soname is mostly its file's name. */
function pathOf(library: string): string | null {
  if (library.includes("/")) return library;
  const names = readMappings(process.pid as Pid).map(({ name }) => name);
  return names.find((name) => name.endsWith(`/${library}`)) ?? null;
}
