import { type Library, Scope, type ScopeBuffer, type TracedCall } from "ffiscope";
import { compileFixture } from "../support/fixtures.js";
import { type CountedCase, type CountedFunction, neededBy, type Text } from "./counted-calls.js";

const FLAGS = ["-shared", "-fPIC", "-O1", "-fno-builtin", "-w"];
const NO_AVX512 = "-AVX512F,-AVX512VL,-AVX512BW";
const NO_AVX2 = "-AVX2_Usable,-AVX2,-AVX_Fast_Unaligned_Load,-SSE4_2,-SSE4_1,-SSSE3";
/** Which of glibc's implementations run, by its tunables. */
export const VARIANTS: Readonly<Record<string, string>> = {
  evex: "",
  avx2: `glibc.cpu.hwcaps=${NO_AVX512}`,
  sse2: `glibc.cpu.hwcaps=${NO_AVX512},${NO_AVX2}`,
};

export type Engine = "auto" | "reference";

/** Findings that are not those that were due. */
export interface Difference {
  readonly text: string;
  /** None were due. */
  readonly isFalse: boolean;
}

/** Makes the calls of one engine and one of glibc's implementations. */
export class CountedTrial {
  private constructor(
    readonly scope: Scope,
    private readonly library: Library,
  ) {}

  static async open(engine: Engine, variant: string): Promise<CountedTrial> {
    const scope = await Scope.open({ engine, env: { GLIBC_TUNABLES: VARIANTS[variant]! } });
    const library = await scope.load(compileFixture("test/fixtures/oracle/counted-calls.c", FLAGS));
    return new CountedTrial(scope, library);
  }

  /** What is wrong with the findings of a call, whose strings begin `before` bytes behind an aligned one. */
  async wrong(what: CountedFunction, one: CountedCase, before: number): Promise<Difference | null> {
    const { name, unit, readsBoth } = what;
    const type = unit === 1 ? "char" : "int";
    const func = this.library.func(
      `long ${name}_call(const ${type} *s, const ${type} *t, long n, long count)` as string,
    );
    const all = one.t.inside + one.t.behind;
    const t: Text = readsBoth ? one.t : { inside: all, behind: "" };
    const texts = [
      [one.s, before],
      [t, (before + 8) % 4096],
    ] as const;
    const buffers = await this.#placed(texts, unit);
    const [at, otherAt] = buffers.map((buffer, i) => buffer.at(texts[i]![1]));
    const call: TracedCall = await func(at, otherAt, t.inside.length, one.count);
    const needed = neededBy(what, one);
    const wanted = buffers.flatMap((buffer, i) => {
      const bytes = (needed - texts[i]![0].inside.length) * unit;
      return bytes > 0 && (i === 0 || readsBoth) ? [`${"st"[i]} ${buffer.size}+${bytes}`] : [];
    });
    for (const buffer of buffers) await buffer.free();
    const found = spansOf(call).sort();
    if (found.join() === wanted.sort().join()) return null;
    const place = `${name} of ${one.s.inside.length} at ${before}, ${one.what}`;
    const [is, was] = [found, wanted].map((all) => all.join(", ") || "nothing");
    return { text: `${place}: ${is}, not ${was}`, isFalse: wanted.length === 0 };
  }

  /** Buffers that end with their texts, and have what is to lie behind those behind them. */
  async #placed(texts: readonly (readonly [Text, number])[], unit: 1 | 4): Promise<ScopeBuffer[]> {
    const buffers: ScopeBuffer[] = [];
    for (const [{ inside }, before] of texts) {
      const content = Buffer.concat([Buffer.alloc(before, "!"), encoded(inside, unit)]);
      buffers.push(await this.scope.alloc(content));
    }
    for (const [i, { heap, start, size }] of buffers.entries()) {
      heap.write(start + size, encoded(texts[i]![0].behind, unit));
    }
    return buffers;
  }
}

function encoded(text: string, unit: 1 | 4): Buffer {
  const bytes = Buffer.alloc(text.length * unit);
  for (let i = 0; i < text.length; i++) bytes[i * unit] = text.charCodeAt(i);
  return bytes;
}

/** All bytes that were found, of each buffer, whatever found them. */
function spansOf({ findings }: TracedCall): string[] {
  const spans = new Map<string, [from: number, to: number]>();
  for (const { kind, buffer, offset, size } of findings) {
    const key = kind === "out-of-bounds-read" ? buffer : `${kind} ${buffer}`;
    const [from, to] = spans.get(key) ?? [offset, offset];
    spans.set(key, [Math.min(from, offset), Math.max(to, offset + size)]);
  }
  return [...spans].map(([key, [from, to]]) => `${key} ${from}+${to - from}`);
}
