import { expect } from "chai";
import { parsePrototype, typeText } from "../../dist/prototype/index.js";
import { formatValues, libraryErrors } from "../../dist/values/index.js";

/** The types of what stands behind `...`, where the format tells; null where it does not. */
function typesOf(prototype: string, format: unknown, count: number): string | null {
  const signature = parsePrototype(prototype);
  const fixed = new Array(signature.parameters.length - 1).fill(null);
  const values = [...fixed, format, ...new Array(count).fill(0)];
  const told = formatValues(signature, values, libraryErrors);
  return told === null ? null : told.map(({ type }) => typeText(type)).join(", ");
}

const PRINTF = "int printf(const char *, ...)";
const SCANF = "int sscanf(const char *text, const char *, ...)";

describe("a format", () => {
  const told: readonly (readonly [prototype: string, format: string, types: string])[] = [
    [PRINTF, "%d %i %5d %-5d %+d % d %05d %'d", Array(8).fill("int").join(", ")],
    [
      PRINTF,
      "%hhd %hd %ld %lld %jd %zd %td %qd",
      "int8_t, int16_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t",
    ],
    [
      PRINTF,
      "%u %o %x %X %#x %lu %zu",
      "uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, uint64_t, uint64_t",
    ],
    [PRINTF, "%f %F %e %E %g %G %a %A %lf %.3f %10.2f", Array(11).fill("double").join(", ")],
    [
      PRINTF,
      "%c %lc %C %s %ls %S %.5s",
      "char, wchar_t, wchar_t, const char *, const wchar_t *, const wchar_t *, const char *",
    ],
    [PRINTF, "%p %n %hhn %ln", "const void *, int *, int8_t *, int64_t *"],
    [PRINTF, "%*d %.*f %*.*s", "int, int, int, double, int, int, const char *"],
    [PRINTF, "%2$s %1$d %1$d", "int, const char *"],
    [PRINTF, "%3$*1$.*2$f", "int, int, double"],
    [PRINTF, "100%% %m", ""],
    [SCANF, "%d %hd %ld %hhu %x", "int *, int16_t *, int64_t *, uint8_t *, uint32_t *"],
    [SCANF, "%f %lf %e %la", "float *, double *, float *, double *"],
    [SCANF, "%Lf", "long double *"],
    [SCANF, "%s %5c %[a-z] %[^]x] %[]x] %ls", "char *, char *, char *, char *, char *, wchar_t *"],
    [SCANF, "%*d %d %*[a-z] %n %%", "int *, int *"],
    [SCANF, "%ms %m[a-z] %p", "char **, char **, void **"],
    ["int __snprintf_chk(char *, size_t, int, size_t, const char *, ...)", "%g", "double"],
    ["int __isoc99_sscanf(const char *, const char *, ...)", "%g", "float *"],
    ["int g_fprintf(FILE *f, gchar const *format, ...)", "%g", "double"],
    ["void warnx(const char *fmt, ...)", "%d", "int"],
    ["void syslog(int priority, const char *__fmt, ...)", "%d", "int"],
    ["int swprintf(wchar_t *, size_t, const wchar_t *, ...)", "%ls", "const wchar_t *"],
  ];
  for (const [prototype, format, types] of told) {
    it(`${format} of ${prototype}`, () => {
      const count = types === "" ? 0 : types.split(", ").length;
      expect(typesOf(prototype, format, count)).to.equal(types);
    });
  }

  it("says nothing where it is none of C's, is not given as text, or has other letters", () => {
    const silent: readonly (readonly [prototype: string, format: unknown])[] = [
      ["int printf(const char *, ...)", null],
      ["int printf(const char *, ...)", Buffer.from("%d")],
      ["char *sqlite3_mprintf(const char *, ...)", "%q"],
      ["int log_all(const char *first, ...)", "%d"],
      ["int execl(const char *path, const char *arg, ...)", "%d"],
      ["ssize_t strfmon(char *s, size_t max, const char *format, ...)", "%n"],
      ["PyObject *Py_BuildValue(const char *format, ...)", "ii"],
      ["int ioctl(int fd, unsigned long request, ...)", "%d"],
      [PRINTF, "%1$d %d"],
      [PRINTF, "%2$d"],
      [PRINTF, "50%"],
    ];
    for (const [prototype, format] of silent) {
      expect(typesOf(prototype, format, 1), `${prototype} ${format}`).to.equal(null);
    }
  });

  it("counts the values, whatever they are", () => {
    expect(() => typesOf(PRINTF, "%d %d", 1)).to.throw(/takes 2 values and got 1/);
    expect(() => typesOf(PRINTF, "%d", 2)).to.throw(/takes 1 value and got 2/);
    expect(() => typesOf(PRINTF, "none", 1)).to.throw(/takes no values and got 1/);
    expect(() => typesOf(SCANF, "%*d", 1)).to.throw(/takes no values and got 1/);
    expect(() => typesOf("void warn(const char *fmt, ...)", "%s", 0)).to.throw(/got 0/);
  });
});
