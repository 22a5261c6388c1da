import { expect } from "chai";
import { UsageError } from "../../dist/model/index.js";
import { parsePrototype, parseType, typeText } from "../../dist/prototype/index.js";

/** `result name(param: type, ...)`, short enough to be a row of a table. */
function summary(text: string): string {
  const { name, result, parameters, variadic } = parsePrototype(text);
  const list = parameters.map((parameter) => `${parameter.name}: ${typeText(parameter.type)}`);
  return `${name}(${[...list, ...(variadic ? ["..."] : [])].join(", ")}): ${typeText(result)}`;
}

function rejection(text: string): UsageError {
  try {
    parsePrototype(text);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`'${text}' was taken`);
}

const typeOf = (type: string) => parsePrototype(`void f(${type} x)`).parameters[0]!.type;

describe("parsePrototype takes the prototypes of", () => {
  const libraries: Record<string, [string, string][]> = {
    zlib: [
      [
        "ulong crc32(ulong crc, const uint8_t *buf, uint len)",
        "crc32(crc: uint64_t, buf: const uint8_t *, len: uint32_t): uint64_t",
      ],
      [
        "ZEXTERN uLong ZEXPORT crc32 OF((uLong crc, const Bytef *buf, uInt len));",
        "crc32(crc: uint64_t, buf: const uint8_t *, len: uint32_t): uint64_t",
      ],
      [
        "ZEXTERN int ZEXPORT compress2(Bytef *dest, uLongf *destLen,\n  const Bytef *source, uLong sourceLen, int level);",
        "compress2(dest: uint8_t *, destLen: uint64_t *, source: const uint8_t *, sourceLen: uint64_t, level: int): int",
      ],
      [
        "ZEXTERN int ZEXPORT inflateBack OF((z_streamp strm, in_func in, void FAR *in_desc));",
        "inflateBack(strm: z_stream *, in: unsigned (void *, unsigned char **), in_desc: void *): int",
      ],
      [
        "gzFile gzopen(const char *, const char *)",
        "gzopen(arg0: const char *, arg1: const char *): struct gzFile_s *",
      ],
      ["const char * ZEXPORT zlibVersion OF((void))", "zlibVersion(): const char *"],
    ],
    bzip2: [
      [
        "BZ_EXTERN int BZ_API(BZ2_bzBuffToBuffCompress) ( char* dest, unsigned int* destLen, char* source, unsigned int sourceLen, int blockSize100k );",
        "BZ2_bzBuffToBuffCompress(dest: char *, destLen: uint32_t *, source: char *, sourceLen: uint32_t, blockSize100k: int): int",
      ],
      [
        "int BZ2_bzDecompressInit(bz_stream *strm, int verbosity, int small)",
        "BZ2_bzDecompressInit(strm: bz_stream *, verbosity: int, small: int): int",
      ],
    ],
    lz4: [
      [
        "LZ4LIB_API int LZ4_compress_default(const char* src, char* dst, int srcSize, int dstCapacity);",
        "LZ4_compress_default(src: const char *, dst: char *, srcSize: int, dstCapacity: int): int",
      ],
      ["LZ4LIB_API LZ4_stream_t* LZ4_createStream(void);", "LZ4_createStream(): LZ4_stream_t *"],
      [
        "XXH_PUBLIC_API XXH64_hash_t XXH64 (const void* input, size_t length, XXH64_hash_t seed);",
        "XXH64(input: const void *, length: uint64_t, seed: uint64_t): uint64_t",
      ],
    ],
    libc: [
      ["size_t strlen(const char *s)", "strlen(s: const char *): uint64_t"],
      [
        "extern void *memcpy (void *__restrict __dest, const void *__restrict __src, size_t __n) __attribute__ ((__nothrow__ , __leaf__)) __attribute__ ((__nonnull__ (1, 2)));",
        "memcpy(__dest: void *, __src: const void *, __n: uint64_t): void *",
      ],
      [
        "extern char *strsep (char **__restrict __stringp, const char *__restrict __delim) __THROW __nonnull ((1, 2));",
        "strsep(__stringp: char **, __delim: const char *): char *",
      ],
      [
        "void qsort(void base[], size_t nmemb, size_t size, int (*compar)(const void [], const void []));",
        "qsort(base: void *, nmemb: uint64_t, size: uint64_t, compar: int (*compar)(const void [], const void [])): void",
      ],
      [
        "void *bsearch(const void *key, const void *base, size_t n, size_t size, int compar(const void *, const void *))",
        "bsearch(key: const void *, base: const void *, n: uint64_t, size: uint64_t, compar: int compar(const void *, const void *)): void *",
      ],
      [
        "void (*signal(int sig, void (*func)(int)))(int);",
        "signal(sig: int, func: void (*func)(int)): void (*signal(int sig, void (*func)(int)))(int)",
      ],
      ["int printf(const char *restrict format, ...)", "printf(format: const char *, ...): int"],
      [
        "long strtol(const char *restrict nptr, char **restrict endptr, int base)",
        "strtol(nptr: const char *, endptr: char **, base: int): int64_t",
      ],
      ["int (isalpha)(int c)", "isalpha(c: int): int"],
      [
        "int execv(const char *path, char *const argv[])",
        "execv(path: const char *, argv: char *const *): int",
      ],
      [
        "wchar_t *wmemset(wchar_t s[], wchar_t c, size_t n)",
        "wmemset(s: wchar_t *, c: wchar_t, n: uint64_t): wchar_t *",
      ],
      ["double frexp(double x, int *exp)", "frexp(x: double, exp: int *): double"],
      [
        "ssize_t read(int fd, void buf[.count], size_t count);",
        "read(fd: int, buf: void *, count: uint64_t): int64_t",
      ],
      ["int fstat(int fd, struct stat *statbuf)", "fstat(fd: int, statbuf: struct stat *): int"],
    ],
    sqlite: [
      [
        "SQLITE_API int sqlite3_exec(sqlite3*, const char *sql, int (*callback)(void*,int,char**,char**), void *, char **errmsg);",
        "sqlite3_exec(arg0: sqlite3 *, sql: const char *, callback: int (*callback)(void*,int,char**,char**), arg3: void *, errmsg: char **): int",
      ],
      [
        "SQLITE_API const unsigned char *sqlite3_column_text(sqlite3_stmt*, int iCol);",
        "sqlite3_column_text(arg0: sqlite3_stmt *, iCol: int): const uint8_t *",
      ],
      [
        "void sqlite3_result_blob64(sqlite3_context*,const void*, sqlite3_uint64,void(*)(void*));",
        "sqlite3_result_blob64(arg0: sqlite3_context *, arg1: const void *, arg2: uint64_t, arg3: void(*)(void*)): void",
      ],
    ],
    koffi: [
      [
        "uint32 hash(const uint8 *data, size_t len, _Out_ float32 *score)",
        "hash(data: const uint8_t *, len: uint64_t, score: float *): uint32_t",
      ],
      [
        "int concat(str a, string b, int16_le c)",
        "concat(a: const char *, b: const char *, c: int16_t): int",
      ],
    ],
  };
  for (const [library, rows] of Object.entries(libraries)) {
    for (const [text, expected] of rows) {
      it(`${library}: ${text.replace(/\s+/g, " ")}`, () => {
        expect(summary(text)).to.equal(expected);
      });
    }
  }
});

describe("parsePrototype", () => {
  const int = (bytes: number, signed: boolean, char = false) => ({
    kind: "int",
    bytes,
    signed,
    char,
  });

  const types: [string, object][] = [
    ["char", int(1, true, true)],
    ["signed char", int(1, true)],
    ["char unsigned", int(1, false)],
    ["int8_t", int(1, true)],
    ["uint8_t", int(1, false)],
    ["short int unsigned", int(2, false)],
    ["unsigned", int(4, false)],
    ["signed", int(4, true)],
    ["wchar_t", int(4, true, true)],
    ["enum color", int(4, true)],
    ["long", int(8, true)],
    ["long long int", int(8, true)],
    ["int long unsigned long", int(8, false)],
    ["long const unsigned", int(8, false)],
    ["ulonglong", int(8, false)],
    ["longlong", int(8, true)],
    ["ssize_t", int(8, true)],
    ["off_t", int(8, true)],
    ["time_t", int(8, true)],
    ["__uint16_t", int(2, false)],
    ["uLong", int(8, false)],
    ["_Bool", { kind: "bool" }],
    ["bool", { kind: "bool" }],
    ["float", { kind: "float", bytes: 4 }],
    ["float64", { kind: "float", bytes: 8 }],
  ];
  for (const [name, type] of types) {
    it(`reads ${name} as x86-64 Linux has it`, () => expect(typeOf(name)).to.deep.equal(type));
  }

  const constness: [string, boolean, boolean?][] = [
    ["char *", false],
    ["const char *", true],
    ["char const *", true],
    ["char *const", false],
    ["const char *const", true],
    ["const char *restrict const", true],
    ["const char **", false, true],
    ["char *const *", true, false],
    ["const char *const *", true, true],
    ["struct foo const *", true],
    ["volatile uint8_t const *", true],
  ];
  for (const [name, outer, inner] of constness) {
    it(`${name} ${outer ? "must not" : "may"} be written through`, () => {
      const type = typeOf(name);
      expect(type).to.include({ kind: "pointer", const: outer });
      if (inner !== undefined)
        expect(type).to.have.nested.include({ "to.kind": "pointer", "to.const": inner });
    });
  }

  it("reads arrays as pointers to their elements", () => {
    expect(
      summary(
        "void f(int a[10], char buf[], const double m[][4], int (*rows)[3], char *v[static 2])",
      ),
    ).to.equal(
      "f(a: int *, buf: char *, m: double (const *)[4], rows: int (*)[3], v: char **): void",
    );
  });

  it("keeps the const of an array's elements", () => {
    expect(parsePrototype("void f(const int a[4])").parameters[0]!.type).to.include({
      const: true,
    });
  });

  it("names unnamed parameters by their 0-based position", () => {
    const { parameters } = parsePrototype("int f(int, const char *s, void *)");
    expect(parameters.map(({ name }) => name)).to.deep.equal(["arg0", "s", "arg2"]);
  });

  it("takes the names of types for parameter names after a type", () => {
    expect(summary("int f(uint8_t byte, size_t off_t, Byte Byte)")).to.equal(
      "f(byte: uint8_t, off_t: uint64_t, Byte: uint8_t): int",
    );
  });

  it("takes an unknown name behind a pointer for an opaque type", () => {
    expect(typeOf("z_stream *")).to.deep.equal({
      kind: "pointer",
      to: { kind: "opaque", name: "z_stream" },
      const: false,
    });
    expect(typeOf("union x *")).to.have.nested.include({
      "to.kind": "opaque",
      "to.name": "union x",
    });
  });

  it("takes types that cannot be passed for opaque ones behind a pointer", () => {
    expect(
      summary("double f(long double *x, double complex *y, __int128 *z, va_list *ap)"),
    ).to.equal("f(x: long double *, y: double _Complex *, z: __int128 *, ap: va_list *): double");
  });

  it("keeps a function pointer's text and its signature", () => {
    const { parameters } = parsePrototype(
      "void f(int (* cmp) (const void *,\n const void *), int n)",
    );
    expect(parameters[0]).to.deep.equal({
      name: "cmp",
      type: {
        kind: "pointer",
        to: {
          kind: "function",
          text: "int (* cmp) (const void *, const void *)",
          signature: {
            name: "",
            result: int(4, true),
            parameters: [0, 1].map((i) => ({ name: `arg${i}`, type: typeOf("const void *") })),
            variadic: false,
            text: "int (* cmp) (const void *, const void *)",
          },
        },
        const: false,
      },
    });
  });

  it("keeps the text as it was written", () => {
    const text = " int f ( void ) ; ";
    expect(parsePrototype(text)).to.deep.equal({
      name: "f",
      result: int(4, true),
      parameters: [],
      variadic: false,
      text,
    });
  });

  it("skips comments, attributes, storage classes and line continuations", () => {
    const text = `extern "C" [[nodiscard]] static inline /* a (comment */ int // to the end
      f(int a /* = 1 */ __attribute__((unused)), \\
        int b) __asm__("g") __attribute__((nonnull(1), format(printf, 1, 2)));`;
    expect(summary(text)).to.equal("f(a: int, b: int): int");
  });

  it("takes an empty list and a lone ... too", () => {
    expect(summary("int f()")).to.equal("f(): int");
    expect(summary("int f(...)")).to.equal("f(...): int");
  });
});

describe("parsePrototype refuses", () => {
  const rows: [string, string, RegExp][] = [
    ["", "PROTOTYPE_SYNTAX", /is empty/],
    ["  /* nothing */ ", "PROTOTYPE_SYNTAX", /is empty/],
    ["libz.so.1", "PROTOTYPE_SYNTAX", /'libz' has no list of parameters/],
    ["int f", "PROTOTYPE_SYNTAX", /'f' has no list of parameters/],
    ["f(int a)", "PROTOTYPE_SYNTAX", /type that 'f' returns is missing.*'int f\(/],
    ["int (int a)", "PROTOTYPE_SYNTAX", /has no name/],
    ["int (*f)(int)", "PROTOTYPE_SYNTAX", /'f' is declared as a pointer/],
    ["int f(int a", "PROTOTYPE_SYNTAX", /ends where ',' or '\)' is due/],
    ["int f(int a, )", "PROTOTYPE_SYNTAX", /'\)' stands at character 14 .* where a type is due/],
    [
      "int f(int a int b)",
      "PROTOTYPE_SYNTAX",
      /'int' stands at character 13 .* where ',' or '\)' is due/,
    ],
    ["int f(int a; int b)", "PROTOTYPE_SYNTAX", /';' stands at character 12/],
    ["int f(int a[3)", "PROTOTYPE_SYNTAX", /never closed|ends/],
    ["int f(char *s, ..., int n)", "PROTOTYPE_SYNTAX", /after '...'/],
    ["int f(int a, int a)", "PROTOTYPE_SYNTAX", /second parameter is named 'a' at character 18/],
    ["int f(void x)", "PROTOTYPE_SYNTAX", /void/],
    ["int f(void, int)", "PROTOTYPE_SYNTAX", /void/],
    ["int f(int @)", "PROTOTYPE_SYNTAX", /character 11 of the prototype is '@'/],
    ["int f(std::string &s)", "PROTOTYPE_SYNTAX", /':'/],
    ["int f(int &s)", "PROTOTYPE_SYNTAX", /C\+\+ reference/],
    ["int f(int a) { return a; }", "PROTOTYPE_SYNTAX", /body/],
    ["int f(int); int g(int);", "PROTOTYPE_SYNTAX", /'int' at character 13/],
    ["typedef int f(int);", "PROTOTYPE_SYNTAX", /typedef/],
    ["int f(struct s { int a; } *x)", "PROTOTYPE_SYNTAX", /struct is defined/],
    ["int f(int)[3]", "PROTOTYPE_SYNTAX", /returns an array/],
    ["int f(int)(int)", "PROTOTYPE_SYNTAX", /returns a function/],
    ["int f(/* open", "PROTOTYPE_SYNTAX", /comment that starts at character 7/],
    ["short float f(int)", "PROTOTYPE_SYNTAX", /no type 'short float'/],
    [`int f(int ${"(".repeat(100)}`, "PROTOTYPE_SYNTAX", /nested too deeply|never closed/],
    [`int f(int ${"(*".repeat(100)}x${")".repeat(100)})`, "PROTOTYPE_SYNTAX", /nested too deeply/],
    [
      "int f(unit32_t x)",
      "PROTOTYPE_UNKNOWN_TYPE",
      /'unit32_t' at character 7.*Did you mean uint32_t\?/,
    ],
    ["unsinged int f(int)", "PROTOTYPE_UNKNOWN_TYPE", /Did you mean unsigned\?/],
    ["int f(my_handle h)", "PROTOTYPE_UNKNOWN_TYPE", /'my_handle' .*not known\. Write/],
    ["my_handle f(void)", "PROTOTYPE_UNKNOWN_TYPE", /'my_handle'/],
    ["int f(struct point p)", "PROTOTYPE_UNSUPPORTED", /'struct point' .*by value/],
    ["union u f(void)", "PROTOTYPE_UNSUPPORTED", /'union u' .*by value/],
    ["_Float16 f(int x)", "PROTOTYPE_UNSUPPORTED", /'_Float16'/],
    ["int f(_Decimal64 x)", "PROTOTYPE_UNSUPPORTED", /'_Decimal64'/],
    ["int f(__float128 x)", "PROTOTYPE_UNSUPPORTED", /'__float128'/],
    ["int vprintf(const char *f, va_list ap)", "PROTOTYPE_UNSUPPORTED", /'va_list' .*'\.\.\.'/],
  ];
  for (const [text, code, message] of rows) {
    it(`'${text.length > 60 ? `${text.slice(0, 60)}…` : text}'`, () => {
      const error = rejection(text);
      expect(error.code).to.equal(code);
      expect(error.message).to.match(message).and.not.include("\n");
      expect(error.remedy).to.be.a("string").and.not.be.empty;
    });
  }

  it("what is far longer than a prototype, in no time", () => {
    for (const filling of [" ", "int a, ", "(", "*", "/**/", "[", '"x"']) {
      const startedAt = performance.now();
      const { code, message } = rejection(`int f(${filling.repeat(1_000_000)})`);
      expect(code).to.equal("PROTOTYPE_SYNTAX");
      expect(message).to.match(/has \d+ characters.*at most 16384/);
      expect(performance.now() - startedAt).to.be.lessThan(1_000);
    }
  });

  it("an array's length that is white space without an end, in no time", () => {
    const startedAt = performance.now();
    expect(() => parseType(`int[${" ".repeat(16_000)}`)).to.throw(UsageError);
    expect(parseType(`int [ 3 ]${" ".repeat(8_000)}[]`).lengths).to.deep.equal([3, null]);
    expect(performance.now() - startedAt).to.be.lessThan(1_000);
  });

  it("control characters by their code, in one line that no terminal obeys", () => {
    for (const character of ["\u009b31m", "\u0085", "\u007f", "\u001b[2J"]) {
      const { message } = rejection(`int f(int ${character}x)`);
      expect(message).to.match(/^[^\p{Cc}\u2028\u2029]+$/u);
    }
    expect(() => parseType("\u2028void")).to.throw(UsageError, /^'\\u2028void' has no size/);
  });

  it("a prototype with line breaks in one line", () => {
    expect(rejection("int\nf(int\n\u0000)").message).to.not.include("\n");
  });
});
