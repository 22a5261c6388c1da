import fc from "fast-check";
import { UsageError } from "../../dist/model/index.js";
import { parsePrototype, parseType } from "../../dist/prototype/index.js";
import { count, type FuzzRun, holds, type Totals } from "./property.js";

/** Prototypes as headers have them: macros, attributes, nesting, hidden lists. */
const REAL = [
  "ulong crc32(ulong crc, const uint8_t *buf, uint len)",
  "ZEXTERN uLong ZEXPORT crc32 OF((uLong crc, const Bytef *buf, uInt len));",
  "BZ_EXTERN int BZ_API(BZ2_bzBuffToBuffCompress) ( char* dest, unsigned int* destLen );",
  "extern void *memcpy (void *__restrict __dest, const void *__restrict __src, size_t __n) __attribute__ ((__nothrow__ , __leaf__)) __attribute__ ((__nonnull__ (1, 2)));",
  "void qsort(void *base, size_t n, size_t size, int (*cmp)(const void *, const void *))",
  "int (*signal(int sig, void (*func)(int)))(int)",
  "int printf(const char *restrict format, ...)",
  "_Bool f(struct foo *a, enum bar b, long double *c, unsigned long long d[static 4][3])",
  "[[nodiscard]] char *strdup(const char *s) /* a copy */; // ours",
  ...["uint8_t[16]", "const char *", "double[2][3]", "char []", "unsigned long long", "size_t"],
  "double complex *f(float _Complex *, int (*const table[4])(void))",
];

const TOKENS = [
  ...["int", "unsigned", "long", "char", "void", "const", "struct", "enum", "typedef", "_Complex"],
  ...["restrict", "volatile", "static", "extern", "__attribute__", "ZEXPORT", "OF", "va_list"],
  ...["uint8_t", "size_t", "foo", "x1", "_", "$", "operator", "float", "double", "signed", "short"],
  ...["*", "(", ")", "[", "]", ",", ";", "...", "{", "}", "=", ":", "&", "<", ">", "-", "~", "%"],
  ...[
    "/*",
    "*/",
    "//",
    "\\\n",
    '"',
    '"a\\"b"',
    "'",
    "0",
    "16",
    "1e9",
    "0x7f",
    ".5",
    "#",
    "@",
    "\0",
  ],
  ...[" ", "\n", "\t", "\u00a0", "\u2028", "\u{1f9e6}", "\ud800"],
];

const fromTokens = fc
  .array(fc.tuple(fc.constantFrom(...TOKENS), fc.constantFrom(" ", "", " ")), { maxLength: 40 })
  .map((tokens) => tokens.flat().join(""));

/** A real one with pieces put in, taken out or said again. */
const mutatedText = fc
  .tuple(
    fc.constantFrom(...REAL),
    fc.array(
      fc.tuple(
        ...([fc.nat(400), fc.nat(12)] as const),
        fc.oneof(fc.constantFrom(...TOKENS), fc.string({ maxLength: 4, unit: "binary" })),
        fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.constantFrom(0, 2, 60, 3_000)),
      ),
      { maxLength: 5 },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((before, [at, removed, put, times]) => {
      const from = at % (before.length + 1);
      return before.slice(0, from) + put.repeat(times) + before.slice(from + removed);
    }, text),
  );

/** One thing said very often: what nests, what backtracks, what is long. */
const repeated = fc
  .tuple(
    fc.constantFrom("", "int f(", "void f(int x", "int x"),
    fc.array(fc.constantFrom(...TOKENS), { minLength: 1, maxLength: 3 }),
    fc.constantFrom(100, 1_000, 6_000, 40_000, 400_000),
    fc.constantFrom("", ")", ");", "x"),
  )
  .map(([before, said, times, after]) => before + said.join("").repeat(times) + after);

const text = fc.oneof(
  { weight: 30, arbitrary: fromTokens },
  { weight: 60, arbitrary: mutatedText },
  { weight: 10, arbitrary: fc.string({ maxLength: 60, unit: "binary" }) },
  { weight: 2, arbitrary: repeated },
);

/** What a text may take, in ms: no text makes the command wait. Ample, for machines that are busy. */
const MOST_MS = 2_000;

const PARSERS = [
  ["prototypes", parsePrototype],
  ["types", parseType],
] as const;

/** Any text is a signature, or a UsageError of one line with a code that says how to put it right. */
export function fuzzPrototypes(run: FuzzRun, totals: Totals = new Map()): Totals {
  holds(text, run, (source) => {
    for (const [what, parse] of PARSERS) {
      const startedAt = performance.now();
      count(totals, `${what} ${outcomeOf(() => parse(source))}`);
      const ms = performance.now() - startedAt;
      if (ms > MOST_MS) throw new Error(`${what}: ${source.length} characters took ${ms} ms`);
    }
  });
  return totals;
}

function outcomeOf(parse: () => unknown): string {
  try {
    parse();
    return "parsed";
  } catch (error) {
    if (!(error instanceof UsageError) || !error.code.startsWith("PROTOTYPE_")) throw error;
    if (/[\p{Cc}\u2028\u2029]/u.test(error.message)) {
      throw new Error(`not one line: ${JSON.stringify(error.message)}`, { cause: error });
    }
    return "refused";
  }
}
