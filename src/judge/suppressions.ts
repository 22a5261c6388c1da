import type { Finding, HeapBuffer } from "../model/index.js";
import { UsageError } from "../model/index.js";

/** A pattern of a suppression: `*` for any text, `?` for one character. */
type Glob = RegExp;

/** What is known of the code that made a finding. */
export interface FindingPlace {
  /** A soname or file name; null for code that no file holds, such as a JIT's. */
  readonly image: string | null;
  readonly function: string | null;
}

/** One entry of a suppression file. */
export interface Suppression {
  readonly name: string;
  /** Of findings. */
  readonly kind: Glob;
  /** One line of `fun:` or `obj:` a frame, innermost first. */
  readonly frames: readonly Frame[];
  /**
   * The offending bytes lie in the aligned block of so many bytes that holds the buffer's last byte, or
   * its first; null: wherever they lie.
   */
  readonly aligned: number | null;
  /** A file of this name is mapped; null: whatever is. */
  readonly mapped: Glob | null;
}

type Frame =
  | { readonly line: "fun"; readonly glob: Glob }
  | { readonly line: "obj"; readonly glob: Glob };

/** How valgrind's users write code that no file holds, and a function without a name. */
const UNKNOWN = "???";

/** The tool of an entry's second line, as in `ffiscope:out-of-bounds-read`. */
const TOOL = "ffiscope";

/**
 * The entries of a suppression file, which looks as memcheck's do (valgrind's manual, 2.5):
 *
 * ```
 * {
 *    liblzma's CRC reads whole words
 *    ffiscope:out-of-bounds-read
 *    fun:lzma_crc*
 *    aligned:16
 * }
 * ```
 *
 * `fun:` names the function, or `FILE!FUNCTION`; `obj:` the file. `???` is a function without a name, and
 * code that no file holds.
 * `aligned:` and `mapped:` are ours: see {@link Suppression}. Lines that begin with `#` are comments.
 * Entries of other tools are passed over.
 *
 * @throws UsageError SUPPRESSIONS_SYNTAX. `source`: the file, for messages.
 */
export function parseSuppressions(text: string, source: string): Suppression[] {
  const entries: Suppression[] = [];
  let open: { readonly lines: string[]; readonly at: number } | null = null;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    const at = index + 1;
    if (line === "" || line.startsWith("#")) continue;
    if (line === "{") {
      if (open) throw syntax(source, at, "'{' stands in an entry that has not ended");
      open = { lines: [], at };
    } else if (line === "}") {
      if (!open) throw syntax(source, at, "'}' ends no entry");
      const entry = entryOf(open.lines, source, open.at);
      if (entry) entries.push(entry);
      open = null;
    } else if (open) open.lines.push(line);
    else throw syntax(source, at, "this stands outside of an entry");
  }
  if (open) throw syntax(source, open.at, "this entry has no '}'");
  return entries;
}

/** Null for an entry of another tool. */
function entryOf(lines: readonly string[], source: string, at: number): Suppression | null {
  const [name, kind, ...rest] = lines;
  if (name === undefined || kind === undefined) {
    throw syntax(source, at, "an entry has a name, a line 'ffiscope:KIND' and its frames");
  }
  const [tools = "", what] = kind.split(":", 2);
  if (what === undefined) {
    throw syntax(source, at, `the second line of '${name}' is not 'ffiscope:KIND'`);
  }
  if (!tools.split(",").includes(TOOL)) return null;
  const frames: Frame[] = [];
  let aligned: number | null = null;
  let mapped: Glob | null = null;
  for (const line of rest) {
    const colon = line.indexOf(":");
    const value = line.slice(colon + 1);
    const key = line.slice(0, Math.max(colon, 0));
    if (key === "fun" || key === "obj") frames.push({ line: key, glob: globOf(value) });
    else if (key === "mapped") mapped = globOf(value);
    else if (key === "aligned" && isPowerOfTwo(Number(value))) aligned = Number(value);
    else throw syntax(source, at, `'${line}' of '${name}' is no line that an entry has`);
  }
  if (frames.length === 0) throw syntax(source, at, `'${name}' has no line 'fun:' or 'obj:'`);
  return { name, kind: globOf(what), frames, aligned, mapped };
}

/** The first of `suppressions` that speaks of a finding; null for none. */
export function suppressionOf(
  suppressions: readonly Suppression[],
  finding: Finding,
  buffer: HeapBuffer,
  /** Of the frames, innermost first. */
  places: readonly FindingPlace[],
  /** Names of the files that are mapped. */
  mapped: readonly string[],
): Suppression | null {
  return (
    suppressions.find(
      (entry) =>
        entry.kind.test(finding.kind) &&
        entry.frames.every((frame, i) => places[i] !== undefined && isAt(frame, places[i])) &&
        (entry.aligned === null || isInEdgeBlock(finding, buffer, entry.aligned)) &&
        (entry.mapped === null || mapped.some((name) => entry.mapped!.test(name))),
    ) ?? null
  );
}

function isAt({ line, glob }: Frame, { image, function: name }: FindingPlace): boolean {
  const file = image ?? UNKNOWN;
  if (line === "obj") return glob.test(file);
  return glob.test(name ?? UNKNOWN) || glob.test(`${file}!${name ?? UNKNOWN}`);
}

/** The offending bytes share an aligned block with the end of the buffer that they are nearest to. */
function isInEdgeBlock({ offset, size }: Finding, buffer: HeapBuffer, block: number): boolean {
  const blockOf = (address: number) => Math.floor(address / block);
  const first = buffer.address + offset;
  const last = first + size - 1;
  const edge = offset < 0 ? buffer.address : buffer.address + buffer.size - 1;
  return blockOf(first) === blockOf(edge) && blockOf(last) === blockOf(edge);
}

const isPowerOfTwo = (value: number) => value >= 1 && Number.isInteger(Math.log2(value));

function globOf(pattern: string): Glob {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${source.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
}

function syntax(source: string, line: number, message: string): UsageError {
  return new UsageError({
    code: "SUPPRESSIONS_SYNTAX",
    message: `${source}, line ${line}: ${message}`,
    remedy: "docs/usage.md shows how an entry looks",
  });
}
