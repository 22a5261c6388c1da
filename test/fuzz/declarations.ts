import fc from "fast-check";
import { UsageError } from "../../dist/model/index.js";
import { Declarations } from "../../dist/prototype/index.js";
import { count, type FuzzRun, holds, type Totals } from "./property.js";

/** Declarations as preprocessed headers have them. */
const REAL = [
  '# 12 "/usr/include/zlib.h" 1 3\n',
  "typedef struct z_stream_s { const unsigned char *next_in; unsigned avail_in : 3, : 0, b; } z_stream;\n",
  'extern int deflate(z_stream *strm, int flush) __attribute__((nonnull(1))) __asm__("" "defl");\n',
  "union u { struct { char a[2][sizeof(long) * 2]; }; _Alignas(16) double b; } __attribute__((packed));\n",
  "enum e { A = 1 << 4, B, C = (A > 3 ? ~0U : -1), D = 'x', E = _Alignof(struct z_stream_s) };\n",
  "static inline int f(int a) { if (a) { return 1; } return 2; }\n",
  "typedef void (*handler)(int, void (*)(struct node *)), **handlers[3];\n",
  "struct node { struct node *next; handler *h; long v __attribute__((aligned(16), mode(DI))); };\n",
  '_Static_assert(sizeof(int) == 4, "int"); extern __typeof__(deflate) inflate; int k();\n',
  "#pragma pack(push, 1)\nstruct p { char a; int b; short c[]; };\n#pragma pack(pop)\n",
  "#define LENGTH 16\n#define one two\nextern int data[LENGTH], other = { 1, (2) };\n",
  'extern "C" { int g(unknown_t *a, _Bool b[static 4]); }\n',
];

const TOKENS = [
  ...["int", "unsigned", "long", "char", "void", "const", "struct", "union", "enum", "typedef"],
  ...[
    "static",
    "extern",
    "__attribute__((packed))",
    "__attribute__",
    "_Alignas",
    "sizeof",
    "typeof",
  ],
  ...["aligned", "s", "t", "x1", "N", "FOO", "float", "_Complex", "__asm__", "_Atomic", "register"],
  ...[
    "*",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    "...",
    "=",
    ":",
    "?",
    "&",
    "<<",
    "-",
    "~",
    "!",
    "/",
  ],
  ...[
    '"',
    '"a"',
    "'",
    "'a'",
    "'\\",
    "0",
    "16",
    "1ull",
    "0x7f",
    "99999999999999999999",
    "1e9",
    "\\\n",
  ],
  ...[
    "/*",
    "*/",
    "//",
    "#",
    "\n#",
    '\n# 3 "f.h"\n',
    "\n#define N ",
    "\n#if\n",
    "\n#pragma pack(",
    "@",
    "\0",
  ],
  ...[" ", "\n", "\t", "\u00a0", "\u2028", "\u{1f9e6}", "\ud800"],
];

const fromTokens = fc
  .array(fc.tuple(fc.constantFrom(...TOKENS), fc.constantFrom(" ", "", " ")), { maxLength: 60 })
  .map((tokens) => tokens.flat().join(""));

/** Real ones with pieces put in, taken out or said again. */
const mutated = fc
  .tuple(
    fc.array(fc.constantFrom(...REAL), { minLength: 1, maxLength: 8 }),
    fc.array(
      fc.tuple(
        ...([fc.nat(1_000), fc.nat(12)] as const),
        fc.constantFrom(...TOKENS),
        fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.constantFrom(0, 2, 60, 3_000)),
      ),
      { maxLength: 5 },
    ),
  )
  .map(([texts, edits]) =>
    edits.reduce((before, [at, removed, put, times]) => {
      const from = at % (before.length + 1);
      return before.slice(0, from) + put.repeat(times) + before.slice(from + removed);
    }, texts.join("")),
  );

/** One thing said very often: what nests, what backtracks, what is long. */
const repeated = fc
  .tuple(
    fc.constantFrom("", "int f(", "struct s {", "enum {", "int x[", "typedef "),
    fc.array(fc.constantFrom(...TOKENS, ...REAL), { minLength: 1, maxLength: 4 }),
    fc.constantFrom(100, 5_000, 40_000, 200_000),
    fc.constantFrom("", ")", "};", "] x;"),
  )
  .map(([before, said, times, after]) => {
    const piece = said.join("");
    return before + piece.repeat(Math.min(times, Math.ceil(MOST_LENGTH / piece.length))) + after;
  });

const MOST_LENGTH = 400_000;

const text = fc.oneof(
  { weight: 30, arbitrary: fromTokens },
  { weight: 68, arbitrary: mutated },
  { weight: 2, arbitrary: repeated },
);

/** What a text may take, in ms: ample, for machines that are busy. */
const MOST_MS = 4_000;

/**
 * Any text is declarations, or a UsageError of one line; each name it gives can be asked for, with an
 * answer or a UsageError; each record lies within its size. In time linear in the text.
 */
export function fuzzDeclarations(run: FuzzRun, totals: Totals = new Map()): Totals {
  holds(text, run, (source) => {
    const startedAt = performance.now();
    count(totals, `texts ${outcomeOf(() => checkText(source))}`);
    const ms = performance.now() - startedAt;
    if (ms > MOST_MS) throw new Error(`${source.length} characters took ${ms} ms`);
  });
  return totals;
}

function checkText(source: string): void {
  const declarations = new Declarations();
  const { functions, data, skipped } = declarations.declare(source);
  for (const { message } of skipped) checkLine(message);
  for (const name of functions.slice(0, 50)) outcomeOf(() => declarations.signature(name));
  for (const name of data.slice(0, 50)) outcomeOf(() => declarations.data(name));
  for (const type of declarations.names.tags.values()) {
    if (type.kind !== "record") continue;
    for (const { offset, bits } of type.fields) {
      const isWithin = offset <= type.size && (!bits || bits.offset + bits.width <= type.size * 8);
      if (!isWithin) throw new Error(`${type.name}: a field at ${offset} of ${type.size}`);
    }
  }
}

function outcomeOf(work: () => unknown): string {
  try {
    work();
    return "declared";
  } catch (error) {
    const isOurs =
      error instanceof UsageError && /^(PROTOTYPE_|DECLARATION_|NOT_)/.test(error.code);
    if (!isOurs) throw error;
    checkLine(error.message);
    return "refused";
  }
}

function checkLine(message: string): void {
  if (/[\p{Cc}\u2028\u2029]/u.test(message)) {
    throw new Error(`not one line: ${JSON.stringify(message)}`);
  }
}
