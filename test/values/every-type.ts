/** Types of C, with values as JavaScript and C write them. */
export interface TypeRow {
  /** In names of functions. */
  readonly name: string;
  readonly type: string;
  /** As they come back, and what C writes for each. */
  readonly values: readonly (readonly [js: unknown, c: string])[];
}

const integers = (name: string, type: string, bits: number, signed: boolean): TypeRow => {
  const least = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const most = least + (1n << BigInt(bits)) - 1n;
  const one = `(unsigned ${bits > 64 ? "__int128" : "long"})1`;
  const lowest = signed ? `(${type})(${one} << ${bits - 1})` : "0";
  const js = (value: bigint) =>
    bits <= 64 && Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return {
    ...{ name, type },
    values: [
      [js(least), lowest],
      [js(most), `(${type})(${lowest} - 1)`],
      [js(41n), "41"],
    ],
  };
};

const floats = (name: string, type: string): TypeRow => ({
  ...{ name, type },
  values: [
    [0.5, "0.5"],
    [-2, "-2"],
    [Number.POSITIVE_INFINITY, "__builtin_inf()"],
  ],
});

const complex = (name: string, type: string): TypeRow => ({
  ...{ name, type },
  values: [
    [{ re: 0.5, im: -2 }, "0.5 - 2 * I"],
    [{ re: 0, im: 3 }, "3 * I"],
  ],
});

/** Declarations that the rows' types need. */
export const DECLARED = `
enum color { RED, GREEN = 5, DEEP = -3 };
enum __attribute__((packed)) small { OFF, ON = 200 };
struct point { int x; double y; };
struct small_pair { short a, b; };
struct floats { float a, b, c; };
struct mixed { long a; float b; };
struct large { long all[5]; };
struct nested { struct point at[2]; char name[6]; struct { unsigned char r, g, b; } tint; };
struct bits { unsigned a : 3; int b : 5; _Bool c : 1; unsigned long d : 40; };
struct __attribute__((packed)) packed { char a; double b; short c; };
struct __attribute__((aligned(32))) aligned { int a; };
struct wide { long double a; __int128 b; };
struct padding { float a; int : 8; };
struct grid { short m[2][3]; };
struct list { char *text; struct point *at; };
union number { int i; float f; };
union big { long double l; char c[24]; };
typedef int word;
`;

export const ROWS: readonly TypeRow[] = [
  {
    ...{ name: "bool", type: "_Bool" },
    values: [
      [true, "1"],
      [false, "0"],
    ],
  },
  integers("char", "char", 8, true),
  integers("schar", "signed char", 8, true),
  integers("uchar", "unsigned char", 8, false),
  integers("short", "short", 16, true),
  integers("ushort", "unsigned short", 16, false),
  integers("int", "int", 32, true),
  integers("uint", "unsigned", 32, false),
  integers("long", "long", 64, true),
  integers("ulong", "unsigned long", 64, false),
  integers("llong", "long long", 64, true),
  integers("ullong", "unsigned long long", 64, false),
  integers("int128", "__int128", 128, true),
  integers("uint128", "unsigned __int128", 128, false),
  integers("word", "word", 32, true),
  floats("float", "float"),
  floats("double", "double"),
  {
    ...{ name: "ldouble", type: "long double" },
    values: [
      [0.5, "0.5L"],
      ["0.1", "0.1L"],
      ["1.189731495357231765e+4932", "1.18973149535723176502e+4932L"],
      ["3.64519953188247e-4951", "0x1p-16445L"],
      [Number.NEGATIVE_INFINITY, "-__builtin_infl()"],
    ],
  },
  complex("cfloat", "float _Complex"),
  complex("cdouble", "double _Complex"),
  complex("cldouble", "long double _Complex"),
  {
    ...{ name: "color", type: "enum color" },
    values: [
      [5, "GREEN"],
      [-3, "DEEP"],
      [77, "(enum color)77"],
    ],
  },
  {
    ...{ name: "small", type: "enum small" },
    values: [[200, "ON"]],
  },
  {
    ...{ name: "pointer", type: "void *" },
    values: [
      [null, "0"],
      [0x7fff_ffff_f000n, "(void *)0x7ffffffff000"],
    ],
  },
  {
    ...{ name: "point", type: "struct point" },
    values: [[{ x: -1, y: 2.5 }, "(struct point){-1, 2.5}"]],
  },
  {
    ...{ name: "small_pair", type: "struct small_pair" },
    values: [[{ a: -1, b: 2 }, "(struct small_pair){-1, 2}"]],
  },
  {
    ...{ name: "floats", type: "struct floats" },
    values: [[{ a: 1, b: 2, c: 0.5 }, "(struct floats){1, 2, 0.5f}"]],
  },
  {
    ...{ name: "mixed", type: "struct mixed" },
    values: [[{ a: -(2n ** 62n), b: 2 }, "(struct mixed){-(1L << 62), 2}"]],
  },
  {
    ...{ name: "large", type: "struct large" },
    values: [[{ all: [1, 2, 3, 4, -5] }, "(struct large){{1, 2, 3, 4, -5}}"]],
  },
  {
    ...{ name: "nested", type: "struct nested" },
    values: [
      [
        {
          at: [
            { x: 1, y: 2 },
            { x: 3, y: 4 },
          ],
          name: [98, 111, 98, 0, 0, 0],
          tint: { r: 1, g: 2, b: 255 },
        },
        '(struct nested){{{1, 2}, {3, 4}}, "bob", {1, 2, 255}}',
      ],
    ],
  },
  {
    ...{ name: "bits", type: "struct bits" },
    values: [
      [{ a: 7, b: -16, c: true, d: 2 ** 40 - 1 }, "(struct bits){7, -16, 1, (1UL << 40) - 1}"],
    ],
  },
  {
    ...{ name: "packed", type: "struct packed" },
    values: [[{ a: 1, b: -2.5, c: -3 }, "(struct packed){1, -2.5, -3}"]],
  },
  {
    ...{ name: "aligned", type: "struct aligned" },
    values: [[{ a: 7 }, "(struct aligned){7}"]],
  },
  {
    ...{ name: "wide", type: "struct wide" },
    values: [[{ a: "0.1", b: -(2n ** 100n) }, "(struct wide){0.1L, -((__int128)1 << 100)}"]],
  },
  {
    ...{ name: "padding", type: "struct padding" },
    values: [[{ a: 2.5 }, "(struct padding){2.5f}"]],
  },
  {
    ...{ name: "grid", type: "struct grid" },
    values: [
      [
        {
          m: [
            [1, 2, 3],
            [4, 5, 6],
          ],
        },
        "(struct grid){{{1, 2, 3}, {4, 5, 6}}}",
      ],
    ],
  },
  {
    ...{ name: "number", type: "union number" },
    values: [[{ i: 0x3f800000, f: 1 }, "(union number){.f = 1}"]],
  },
];

/** Types that are refused by name wherever a value of them is passed. */
export const REFUSED: readonly string[] = [
  ...["_Float16", "_Float128", "__float128", "_Decimal32", "_Decimal64", "_Decimal128"],
];

/** A library with what the tests call, for each row. */
export function everyTypeSource(): string {
  const text = ROWS.map(
    ({ name, type, values }) => `
typedef struct { char before; ${type} value; char after; } in_${name};
static ${type} k_${name}(int i) { switch (i) {
${values.map(([, c], i) => `case ${i}: return ${c};`).join("\n")} } __builtin_trap(); }
static int eq_${name}(${type} a, ${type} b) { ${sameness(type)} }
${type} nth_${name}(int i) { return k_${name}(i); }
int is_${name}(int i, ${type} value) { return eq_${name}(value, k_${name}(i)); }
int is_last_${name}(int i, double a, long b, ${type} c, ${type} d, ${type} e, ${type} f, ${type} g, ${type} value) {
  return a == 0.5 && b == -9 && eq_${name}(c, value) && eq_${name}(g, value) && is_${name}(i, value); }
in_${name} with_${name}(int i) { return (in_${name}){1, k_${name}(i), 2}; }
int in_is_${name}(int i, in_${name} all) { return all.before == 1 && all.after == 2 && is_${name}(i, all.value); }
int all_${name}(const ${type} *list) { for (int i = 0; i < ${values.length}; i++) if (!is_${name}(i, list[i])) return 0; return 1; }
void fill_${name}(${type} *list) { for (int i = 0; i < ${values.length}; i++) list[i] = k_${name}(i); }
int last_of_${name}(int n, ...) { __builtin_va_list l; __builtin_va_start(l, n);
  for (int i = 0; i < n; i++) (void)__builtin_va_arg(l, double);
  return is_${name}(0, ${vaArg(type)}); }`,
  );
  return `#define I (__extension__ 1.0iF)\n${DECLARED}\nint memcmp(const void *, const void *, unsigned long);\n${text.join("\n")}`;
}

/** What is passed for a type behind `...`, read back. */
function vaArg(type: string): string {
  const promoted = /^(?:_Bool|char|signed char|unsigned char|short|unsigned short|enum small)$/;
  if (promoted.test(type)) return `(${type})__builtin_va_arg(l, int)`;
  return type === "float" ? "__builtin_va_arg(l, double)" : `__builtin_va_arg(l, ${type})`;
}

/** Padding is none of a value: structs are compared member by member where they have some. */
function sameness(type: string): string {
  const members: Readonly<Record<string, string>> = {
    "struct point": "x y",
    "struct mixed": "a b",
    "struct bits": "a b c d",
    "struct packed": "a b c",
    "struct aligned": "a",
    "struct wide": "a b",
    "struct padding": "a",
  };
  const names = members[type]?.split(" ");
  if (names) return `return ${names.map((name) => `a.${name} == b.${name}`).join(" && ")};`;
  if (type === "struct nested") {
    return "return !memcmp(a.name, b.name, 6) && !memcmp(&a.tint, &b.tint, 3) && a.at[1].x == b.at[1].x && a.at[1].y == b.at[1].y;";
  }
  return /^(?:struct|union)/.test(type) ? "return !memcmp(&a, &b, sizeof a);" : "return a == b;";
}
