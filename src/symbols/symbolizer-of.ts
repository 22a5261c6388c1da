import { Symbolizer } from "./symbolizer.js";

/** A function by its entry point, for code that no symbol table names. */
interface NamedCode {
  readonly image: string;
  readonly name: string;
  /** A hex string. */
  readonly address: string;
  /** In bytes; 0 where nobody knows it. */
  readonly size: number;
}

/** Names a process's code from its /proc/PID/maps, and from what else is known of it. */
export function symbolizerOf(maps: string, functions: readonly NamedCode[]): Symbolizer {
  const symbolizer = new Symbolizer(maps);
  for (const { image, name, address, size } of functions) {
    const start = Number(address);
    if (size > 0) symbolizer.addRange(start, start + size, `${image}!${name}`);
    else symbolizer.addFunction(start, image, name);
  }
  return symbolizer;
}
