import type { NamedCode } from "../machines/index.js";
import type { SymbolSource } from "../report/index.js";
import { type Symbolizer, symbolizerOf } from "../symbols/index.js";

/** Names code of a host. Calls that saw the same mappings share what is made of them, once it is asked for. */
export class SymbolCache {
  #maps = "";
  #functions: readonly NamedCode[] = [];
  #source: SymbolSource | null = null;

  of(maps: string, functions: readonly NamedCode[]): SymbolSource {
    if (this.#source === null || maps !== this.#maps || functions !== this.#functions) {
      this.#maps = maps;
      this.#functions = functions;
      this.#source = lazySymbols(maps, functions);
    }
    return this.#source;
  }
}

function lazySymbols(maps: string, functions: readonly NamedCode[]): SymbolSource {
  let made: Symbolizer | null = null;
  const symbols = () => {
    made ??= symbolizerOf(maps, functions);
    return made;
  };
  return {
    symbolOf: (ip) => symbols().symbolOf(ip),
    imageOf: (ip) => symbols().imageOf(ip),
  };
}
