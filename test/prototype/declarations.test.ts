import { expect } from "chai";
import { type CType, UsageError } from "../../dist/model/index.js";
import { Declarations, parseType, typeText } from "../../dist/prototype/index.js";

function declared(text: string): Declarations {
  const declarations = new Declarations();
  declarations.declare(text);
  return declarations;
}

/** `result name(types)` of each function. */
function summaries(text: string): string[] {
  const declarations = new Declarations();
  return declarations.declare(text).functions.map((name) => {
    const { result, parameters, variadic } = declarations.function(name);
    const types = [...parameters.map(({ type }) => typeText(type)), ...(variadic ? ["..."] : [])];
    return `${typeText(result)} ${name}(${types.join(", ")})`;
  });
}

function rejection(work: () => unknown): UsageError {
  try {
    work();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

/** A type by its name, as far as a test wants to see it. */
function shape(type: CType): unknown {
  if (type.kind !== "record") return typeText(type);
  const fields = type.fields.map(({ name, type: of, offset, bits }) => [
    ...[name || shape(of), typeText(of)],
    bits ? `${bits.offset}:${bits.width}` : offset,
  ]);
  return { name: type.name, size: type.size, align: type.align, fields };
}

describe("Declarations takes", () => {
  const functions: Record<string, [text: string, ...functions: string[]]> = {
    "prototypes, also several in one declaration": [
      "int a(void), *b(int), (*c(char))(int); extern void d(const char *, ...);",
      "int a()",
      "int * b(int)",
      "int (*c(char))(int) c(char)",
      "void d(const char *, ...)",
    ],
    "typedefs, which win over names that are known anyway": [
      "typedef short uInt; typedef uInt other; other f(uInt *x);",
      "int16_t f(int16_t *)",
    ],
    "characters of headers as text": [
      "typedef int wchar_t; typedef unsigned short char16_t; int f(wchar_t *a, char16_t *b);",
      "int f(wchar_t *, char16_t *)",
    ],
    "names without a prototype's list, and old definitions' bodies": [
      "int f(); static inline int g(int a) { return a ? 1 : 2; } int h(void) { if (1) { } } int i(void);",
      "int f()",
      "int h()",
      "int i()",
    ],
    "attributes, qualifiers and macros wherever they stand": [
      `__extension__ extern __inline __attribute__((__gnu_inline__)) int
       f(int *__restrict a, char *const b) __attribute__((nonnull(1))) __asm__("" "other");
       _Noreturn void g(void); API int MACRO h(int x) THROW; [[gnu::pure]] int i(void);`,
      "int f(int *, char *)",
      "void g()",
      "int h(int)",
      "int i()",
    ],
    "functions by a typedef": ["typedef int fn(int, char *); fn f;", "int f(int, char *)"],
    "callbacks and functions that return them": [
      "typedef void (*handler)(int); handler signal(int, handler); void each(int cb(void *), void *);",
      "void (*handler)(int) signal(int, void (*handler)(int))",
      "void each(int cb(void *), void *)",
    ],
    "unknown types behind a *": [
      "foo_t *make(bar_t **b, struct nobody *c);",
      "foo_t * make(bar_t **, struct nobody *)",
    ],
    "va_list as the pointer that it is": [
      "typedef __builtin_va_list va_list; int v(const char *, va_list);",
      "int v(const char *, struct __va_list_tag *)",
    ],
    "a union that is passed as its first member": [
      "typedef union { int *a; long *b; } arg __attribute__((__transparent_union__)); int f(arg x);",
      "int f(int *)",
    ],
    typeof: [
      "extern long there; __typeof__(there) f(typeof(int *) a, __typeof(unsigned char) b);",
      "int64_t f(int *, uint8_t)",
    ],
    'what extern "C" holds': [
      'extern "C" { int f(int); }\nint g(int);',
      "int f(int)",
      "int g(int)",
    ],
    "assertions and assembly between": [
      '_Static_assert(sizeof(int) == 4, "int"); __asm__(".globl x"); int f(int);',
      "int f(int)",
    ],
    "a last declaration without its ;": ["int f(int)", "int f(int)"],
  };
  for (const [what, [text, ...expected]] of Object.entries(functions)) {
    it(what, () => expect(summaries(text)).to.deep.equal(expected));
  }

  it("the symbol of a function that is renamed for the assembler", () => {
    const declarations = declared('int scan(const char *) __asm__("" "__isoc99_scan");');
    expect(declarations.function("scan")).to.include({ name: "scan", symbol: "__isoc99_scan" });
  });

  it("constants of any expression", () => {
    const { names } = declared(`
      enum { A, B = 1 << 4, C, D = -1, E = ~0U >> 28, F = 'a' + '\\n', G = sizeof(int[3]), H = (char)300,
        I = B > 3 ? 07 : 0x7f, J = (A || B) && !C, K = 10 % 4 * 3 - -2, L = 1U - 2 > 0, M = _Alignof(long),
        N = 0x7fffffff, O = '\\xff', P = 'ab', Q = (unsigned char)-1 ^ 1, R = 5 / -2 };
      enum big { HUGE = 1ULL << 40 }; enum __attribute__((packed)) tiny { T = 200 };`);
    const values = [...names.constants].map(([name, { value }]) => `${name}${value}`);
    expect(values.join(" ")).to.equal(
      "A0 B16 C17 D-1 E15 F107 G12 H44 I7 J0 K8 L1 M8 N2147483647 O-1 P24930 Q254 R-2 HUGE1099511627776 T200",
    );
    expect(names.tags.get("enum big")).to.include({ kind: "enum", bytes: 8, signed: false });
    expect(names.tags.get("enum tiny")).to.include({ kind: "enum", bytes: 1, signed: false });
  });

  it("structs that lead back to themselves, completed after they are named", () => {
    const { names } = declared(`
      typedef struct node node; struct tree { node *root; };
      struct node { node *next; struct tree *of; int value; };`);
    const node = names.tags.get("struct node")!;
    expect(shape(node)).to.deep.equal({
      ...{ name: "struct node", size: 24, align: 8 },
      fields: [
        ["next", "struct node *", 0],
        ["of", "struct tree *", 8],
        ["value", "int", 16],
      ],
    });
    const [next] = node.kind === "record" ? node.fields : [];
    expect(next?.type).to.deep.include({ kind: "pointer", to: node });
    expect(names.types.get("node")?.type).to.equal(node);
  });

  it("a struct that another text completes, also where it was named before", () => {
    const declarations = declared("struct point; int f(struct point *p); struct point g(void);");
    expect(rejection(() => declarations.function("g")).message).to.match(/members are not known/);
    declarations.declare("struct point { int x, y; };");
    const [parameter] = declarations.function("f").parameters;
    expect(parameter?.type).to.have.nested.property("to.kind", "record");
  });

  it("anonymous members, bit-fields, arrays and what a typedef names", () => {
    const { names } = declared(
      "typedef struct { union { int a; float b; }; unsigned c : 3, : 2, d : 4; char e[2][3]; } *p, mixed;",
    );
    expect(shape(names.types.get("mixed")!.type)).to.deep.equal({
      ...{ name: "mixed", size: 12, align: 4 },
      fields: [
        [
          {
            ...{ name: "union (unnamed)", size: 4, align: 4 },
            fields: [
              ["a", "int", 0],
              ["b", "float", 0],
            ],
          },
          ...["union (unnamed)", 0],
        ],
        ["c", "uint32_t", "32:3"],
        ["uint32_t", "uint32_t", "35:2"], // padding
        ["d", "uint32_t", "37:4"],
        ["e", "char[2][3]", 6],
      ],
    });
  });

  it("data with its type", () => {
    const declarations = declared("extern char **environ; extern const int table[4], other;");
    expect(typeText(declarations.data("environ").type)).to.equal("char **");
    expect(typeText(declarations.data("table").type)).to.equal("int[4]");
  });

  it("names of types where a type is written", () => {
    const { names } = declared(
      "typedef struct { long a; } big; typedef int row[3]; struct s { big b; };",
    );
    expect(parseType("row[2]", names)).to.deep.include({ lengths: [2, 3] });
    for (const name of ["big", "struct s"]) {
      expect(parseType(name, names).element).to.include({ kind: "record", size: 8 });
    }
  });

  it("#define lines that are numbers or other names", () => {
    const declarations = declared(
      "#define LENGTH 0x10\n#define init __lib_init\n#define init2 init\nint __lib_init(int a[LENGTH]);\nstruct s { char c[LENGTH]; };",
    );
    for (const name of ["init", "init2"]) {
      expect(declarations.function(name).name).to.equal("__lib_init");
    }
    expect(declarations.names.tags.get("struct s")).to.include({ size: 16 });
  });
});

describe("Declarations tells", () => {
  const text = `# 10 "/usr/include/lib.h" 1 3
int good(int);
int bad(unknown_t x);
struct broken { what_t a; };
int )( worse;
# 100 "other.h"

static int hidden(int a) { return a; }
#define macro(x) good((x) + 1)
int last(void);`;

  it("where what it left out stands, of which kind it is, and keeps the rest", () => {
    const { functions, skipped } = new Declarations().declare(text);
    expect(functions).to.deep.equal(["good", "bad", "last"]);
    expect(skipped.map(({ name, kind, place }) => [name, kind, place])).to.deep.equal([
      ["broken", "unknown type", "/usr/include/lib.h:12"],
      ["worse", "syntax", "/usr/include/lib.h:13"],
      ["bad", "unknown type", "/usr/include/lib.h:11"],
      ["hidden", "static", "other.h:101"],
    ]);
  });

  const asked: [name: string, code: string, message: RegExp][] = [
    ["bad", "PROTOTYPE_UNKNOWN_TYPE", /'unknown_t' at \/usr\/include\/lib\.h:11/],
    ["worse", "PROTOTYPE_SYNTAX", /lib\.h:13/],
    ["hidden", "NOT_DECLARED", /'hidden' is static at other\.h:101/],
    ["macro", "NOT_DECLARED", /macro at other\.h:102: 'macro\(x\) good\(\(x\) \+ 1\)'/],
    ["goood", "NOT_DECLARED", /Did you mean good\?/],
    ["elsewhere", "NOT_DECLARED", /no function named 'elsewhere'/],
  ];
  for (const [name, code, message] of asked) {
    it(`why ${name} cannot be called`, () => {
      const error = rejection(() => declared(text).signature(name));
      expect(error).to.include({ code });
      expect(error.message).to.match(message);
    });
  }

  it("a name that the library's macros hide", () => {
    const declarations = declared("void __gmpz_init(void *); void __gmpz_clear(void *);");
    for (const name of ["mpz_init", "mpz_ini"]) {
      expect(rejection(() => declarations.signature(name)).message).to.match(/mean __gmpz_init\?/);
    }
  });

  const refused: [text: string, code: string, message: RegExp][] = [
    [
      "int a;\n#include <zlib.h>",
      "NOT_PREPROCESSED",
      /'#include <zlib\.h>' stands at line 2.*cc -E/,
    ],
    ["#ifdef X\nint a;\n#endif", "NOT_PREPROCESSED", /line 1/],
    ["", "DECLARATION_EMPTY", /declares nothing/],
    ["int f(int", "PROTOTYPE_SYNTAX", /the text ends/],
    ["hello world again;", "PROTOTYPE_SYNTAX", /'again' stands at line 1/],
    ["/* int f(int);", "PROTOTYPE_SYNTAX", /comment that starts at line 1/],
    ["struct s { int a[-1]; };", "DECLARATION_UNSUPPORTED", /length at line 1/],
    ["struct s { int a[N]; };", "DECLARATION_UNSUPPORTED", /'N' at line 1 is no integer constant/],
    ["struct s { struct t a; };", "DECLARATION_UNSUPPORTED", /no known size/],
    ["struct s { int a : 33; };", "DECLARATION_UNSUPPORTED", /bit-field/],
    ["enum e { A = 1 / 0 };", "DECLARATION_UNSUPPORTED", /no integer constant/],
    ["typedef int x __attribute__((mode(ZZ)));", "DECLARATION_UNSUPPORTED", /machine mode/],
    ["struct s { char a[1ull << 46], b[1ull << 46], c[1]; };", "DECLARATION_UNSUPPORTED", /memory/],
  ];
  for (const [source, code, message] of refused) {
    it(`what is wrong with ${JSON.stringify(source)} where nothing is right`, () => {
      const error = rejection(() => declared(source));
      expect(error).to.include({ code });
      expect(error.message).to.match(message).and.not.match(/\n/);
    });
  }
});
