import { basename } from "node:path";
import type { NamedCode } from "../model/index.js";
import { lastAtOrBefore } from "../model/ranges.js";
import type { ElfImage } from "./elf/elf-image.js";
import { imageOfFile } from "./image-cache.js";
import { type MappedFile, parseMappedFiles } from "./mapped-files.js";

/** How far a function whose end nobody knows may reach: glibc's strncasecmp (sse2) has 8,900 bytes. */
const MAX_GUESSED_SIZE = 12_288;

interface NamedRange {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

interface NamedStart {
  readonly image: string;
  readonly name: string;
}

/** What holds an address: `image` is a soname or a file name; `start` the function's. */
interface Place {
  readonly image: string | null;
  readonly function: string | null;
  readonly start: number;
  /** The file's own address (as addr2line takes it); null where that is not known. */
  readonly fileAddress: number | null;
}

const NOWHERE: Place = { image: null, function: null, start: 0, fileAddress: null };

/**
 * Names code addresses of a process, from the text of its /proc/PID/maps. A wrong name is worse
 * than none: a function is named only where its extent is known to hold the address. Nothing is
 * read before the first address is asked for, so that one that is not asked costs nothing.
 *
 * ```ts
 * const symbols = new Symbolizer(readFileSync(`/proc/${pid}/maps`, "utf8"));
 * symbols.symbolOf(ip); // "libz.so.1!crc32_z+0x2a", "libz.so.1+0x3f2a" or null
 * ```
 */
export class Symbolizer {
  readonly #mapsText: string;
  #files: readonly MappedFile[] | null = null;
  #fileStarts = new Float64Array();
  /** What is known of it beside its files, until that is looked at. */
  #given: readonly NamedCode[];
  readonly #ranges: NamedRange[] = [];
  readonly #functions = new Map<number, NamedStart>();
  #functionStarts: Float64Array | null = null;
  readonly #places = new Map<number, Place>();

  /** `functions`: what else is known of it, as by `addRange` (with a size) and `addFunction`. */
  constructor(mapsText: string, functions: readonly NamedCode[] = []) {
    this.#mapsText = mapsText;
    this.#given = functions;
  }

  /** Names code that no file holds: `name` is all of `FILE!FUNCTION`. */
  addRange(start: number, end: number, name: string): void {
    this.#addGiven();
    this.#ranges.push({ start, end, name });
    this.#places.clear();
  }

  /**
   * Names a function by its entry point, as dlsym gives it: the implementations behind an ifunc
   * have no symbols of their own. It reaches to the next start of a function that is known (from
   * symbols, unwind tables or this method) or 12,288 bytes, and counts only where no symbol does.
   * The first name of an address stays.
   */
  addFunction(address: number, image: string, name: string): void {
    this.#addGiven();
    if (this.#functions.has(address)) return;
    this.#functions.set(address, { image, name });
    this.#functionStarts = null;
    this.#places.clear();
  }

  /**
   * `FILE!FUNCTION+0xOFFSET`, or `FILE+0xADDRESS` where no function is known to be: the file's own
   * address, as addr2line takes it. Null where no file is.
   */
  symbolOf(ip: number): string | null {
    const { image, function: name, start, fileAddress } = this.#placeOf(ip);
    if (name !== null) return `${image}!${name}+0x${(ip - start).toString(16)}`;
    return fileAddress === null ? null : `${image}+0x${fileAddress.toString(16)}`;
  }

  /** The soname or file name of the image that holds `ip`. */
  imageOf(ip: number): string | null {
    return this.#placeOf(ip).image;
  }

  /** The name alone. */
  functionOf(ip: number): string | null {
    return this.#placeOf(ip).function;
  }

  #placeOf(ip: number): Place {
    const known = this.#places.get(ip);
    if (known) return known;
    this.#addGiven();
    const place = this.#inRange(ip) ?? this.#inFile(ip) ?? NOWHERE;
    this.#places.set(ip, place);
    return place;
  }

  #addGiven(): void {
    const given = this.#given;
    this.#given = [];
    for (const { image, name, address, size } of given) {
      const start = Number(address);
      if (size > 0) this.addRange(start, start + size, `${image}!${name}`);
      else this.addFunction(start, image, name);
    }
  }

  #inRange(ip: number): Place | null {
    const range = this.#ranges.find(({ start, end }) => ip >= start && ip < end);
    if (!range) return null;
    const [image, ...name] = range.name.split("!");
    return { ...NOWHERE, image: image!, function: name.join("!"), start: range.start };
  }

  #inFile(ip: number): Place | null {
    const files = this.#readFiles();
    const file = files[lastAtOrBefore(this.#fileStarts, ip)];
    if (!file || ip >= file.end) return null;
    const elf = imageOfFile(file);
    const image = elf?.name ?? basename(file.path);
    const address = elf?.addressOf(ip - file.start + file.offset);
    if (!elf || address === undefined || address === null) return { ...NOWHERE, image };
    const bias = ip - address;
    const symbol = elf.functionAt(address);
    const place = { ...NOWHERE, image, fileAddress: address };
    if (symbol) return { ...place, function: symbol.name, start: symbol.start + bias };
    return { ...place, ...this.#inNamedFunction(ip, elf, bias) };
  }

  #readFiles(): readonly MappedFile[] {
    if (this.#files === null) {
      this.#files = parseMappedFiles(this.#mapsText);
      this.#fileStarts = Float64Array.from(this.#files, ({ start }) => start);
    }
    return this.#files;
  }

  #inNamedFunction(
    ip: number,
    elf: ElfImage,
    bias: number,
  ): Pick<Place, "function" | "start"> | null {
    this.#functionStarts ??= Float64Array.from(this.#functions.keys()).sort();
    const start = this.#functionStarts[lastAtOrBefore(this.#functionStarts, ip)];
    if (start === undefined || ip >= start + MAX_GUESSED_SIZE) return null;
    if (elf.nextStart(start - bias) + bias <= ip) return null;
    const { image, name } = this.#functions.get(start)!;
    return image === elf.name ? { function: name, start } : null;
  }
}
