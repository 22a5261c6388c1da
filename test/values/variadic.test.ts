import { execFileSync } from "node:child_process";
import { expect } from "chai";
import {
  as,
  type CallArgument,
  type ForeignFunction,
  type Library,
  out,
  type Scope as ScopeType,
} from "ffiscope";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { Scope, told } from "./support.js";

const MAX = 2n ** 64n - 1n;

/** What C prints for the same values, written with their own types. */
const PRINTED: readonly (readonly [values: readonly unknown[], printed: string])[] = [
  [["%Lf %.20Lg %d", 2, "0.1", 5], "2.000000 0.1 5"],
  [["%f", 2.5], "2.500000"],
  [["%f", 2], "2.000000"],
  [["%f", 2n], "2.000000"],
  [["%.1f %.1f", 1.5, 2.0], "1.5 2.0"],
  [["%e %g %a", 2, 3, 1], "2.000000e+00 3 0x1p+0"],
  [["%f %f", Infinity, Number.NaN], "inf nan"],
  [["%d", 2], "2"],
  [["%d", true], "1"],
  [["%i", -(2 ** 31)], "-2147483648"],
  [["%ld", 2n], "2"],
  [["%ld", 5e9], "5000000000"],
  [["%lld", -(2n ** 63n)], "-9223372036854775808"],
  [["%lu", MAX], `${MAX}`],
  [["%llu %zu %ju", MAX, 5, MAX], `${MAX} 5 ${MAX}`],
  [["%u", 4294967295], "4294967295"],
  [["%x %X %o", -1, 255, 8], "ffffffff FF 10"],
  [["%hhd %hd %hhu", -128, 32767, 255], "-128 32767 255"],
  [["%c%c", 72, 105], "Hi"],
  [["%s", "x"], "x"],
  [["%.2s|%5s", "abc", "d"], "ab|    d"],
  [["%ls", "wide"], "wide"],
  [["%p", null], "(nil)"],
  [["%p", 4096n], "0x1000"],
  [["%s", Buffer.from("bytes\0")], "bytes"],
  [["%*d|%-*.*f|", 5, 42, 8, 2, 1.5], "   42|1.50    |"],
  [["%2$s %1$d", 7, "x"], "x 7"],
  [["%1$d %1$d", 7], "7 7"],
  [["100%%"], "100%"],
  [["%m"], "Success"],
  [["%g %d", as("double", 2), as("short", 3)], "2 3"],
  [
    ["%d %f %d %f %d %f %d %f %d %f %d %f", 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
    "1 1.000000 2 2.000000 3 3.000000 4 4.000000 5 5.000000 6 6.000000",
  ],
  [
    ["%f %f %f %f %f %f %f %f %f %f", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    "1.000000 2.000000 3.000000 4.000000 5.000000 6.000000 7.000000 8.000000 9.000000 10.000000",
  ],
];

const REFUSED: readonly (readonly [values: readonly unknown[], line: RegExp])[] = [
  [["%d", 0.5], /0\.5 is no whole number, which arg3 \(int, for %d\) takes/],
  [["%d", -0.5], /-0\.5 is no whole number/],
  [["%d", Number.NaN], /NaN is no whole number/],
  [["%d", Number.MAX_SAFE_INTEGER], /out of range for arg3 \(int, for %d\)/],
  [["%d", 4294967295], /Give -1 for the same bits/],
  [["%ld", 2n ** 63n], /out of range/],
  [["%lu", 2n ** 64n], /out of range/],
  [["%hhd", 300], /-128 to 127/],
  [["%d", "12"], /'12' is no integer/],
  [["%c", "A"], /Give its code, 65/],
  [["%d", null], /Give 0/],
  [["%d", [1]], /an array is no integer/],
  [["%g", "2"], /'2' is no number, which arg3 \(double, for %g\) takes/],
  [["%g", new Float64Array([2])], /an object \(Float64Array\) is no number/],
  [["%g", { double: 2 }], /an object \(Object\) is no number/],
  [["%g", as("int", 2)], /as\('int', …\) is no value for arg3 \(double, for %g\)/],
  [["%s", 5], /5 is no value for arg3 \(const char \*, for %s\), a pointer/],
  [["%s", true], /a pointer/],
  [["%Lf", "two"], /'two' is no number, which arg3 \(long double, for %Lf\) takes/],
  [["%d %d", 1], /ARGUMENT_COUNT: snprintf's format '%d %d' takes 2 values and got 1/],
  [["%d", 1, 2], /takes 1 value and got 2/],
  [["plain", 1], /takes no values and got 1/],
  [["%*d", 1], /takes 2 values and got 1/],
];

describe("values behind ...", () => {
  let scope: ScopeType;
  let libc: Library;
  let print: (values: readonly unknown[]) => Promise<string>;

  before(async () => {
    scope = await Scope.open({ timeout: 20_000 });
    libc = await scope.load("libc.so.6");
    const snprintf = libc.func("int snprintf(char *to, size_t size, const char *format, ...)");
    print = async (values) => {
      const { buffers } = await (snprintf as ForeignFunction)(
        ...([out(256), 256, ...values] as CallArgument[]),
      );
      return Buffer.from(buffers.find(({ name }) => name === "to")!.content!)
        .toString()
        .replace(/\0.*/s, "");
    };
  });

  after(async () => {
    await scope?.close();
    await expectNothingLeft();
  });

  for (const [values, printed] of PRINTED) {
    it(`${shown(values)} prints ${printed}`, async () => {
      expect(await print(values)).to.equal(printed);
    });
  }

  it("print what C prints for the same", function () {
    needsCompiler(this);
    const program = compileFixture("test/fixtures/values/printed.c", ["-w"]);
    const lines = execFileSync(program, { encoding: "utf8" }).trimEnd().split("\n");
    expect(lines).to.deep.equal(PRINTED.map(([, printed]) => printed));
  });

  for (const [values, line] of REFUSED) {
    it(`${shown(values)} is refused`, async () => {
      const found = await told(() => print(values));
      expect(found)
        .to.match(/^ARGUMENT_/)
        .and.to.match(line)
        .and.not.include("\n");
    });
  }

  it("end where options begin, and a slip in those is told", async () => {
    const call = libc.func("int snprintf(char *to, size_t size, const char *format, ...)");
    expect((await call(out(9), 9, "%d", 5, { timeout: 5_000 })).result).to.equal(1);
    const slip = { timeuot: 5_000 } as never;
    expect(await told(() => call(out(9), 9, "%d", 5, slip))).to.match(/^INVALID_OPTION.*'timeuot'/);
  });

  it("are read by scanf's letters", async () => {
    const sscanf = libc.func("int sscanf(const char *text, const char *format, ...)");
    const text = "12 3.5 0.25 abc ff x 7";
    const kept = await Promise.all([
      ...[scope.alloc("int"), scope.alloc("double"), scope.alloc("float")],
      ...[scope.alloc("char[4]"), scope.alloc("unsigned long"), scope.alloc("signed char")],
    ]);
    const [whole, double, float, word, long, small] = kept;
    const format = "%d %lf %f %3[a-c] %lx %*s %hhd";
    const { result } = await sscanf(text, format, whole!, double!, float!, word!, long!, small!);
    expect(result).to.equal(6);
    expect(await Promise.all(kept.map((each) => each.value()))).to.deep.equal([
      ...[12, 3.5, 0.25, [97, 98, 99, 0], 255, 7],
    ]);
    const made = await sscanf("7 8", "%d %lf", out(1), new Float64Array(1));
    const content = (name: string) =>
      Buffer.from(made.buffers.find((buffer) => buffer.name === name)!.content!);
    expect(content("arg2").readInt32LE()).to.equal(7);
    expect(content("arg3").readDoubleLE()).to.equal(8);
    expect(await told(() => sscanf("7", "%d", 5))).to.match(/\(int \*, for %d\), a pointer/);
    expect(await told(() => sscanf("7", "%*d %d"))).to.match(/takes 1 value and got 0/);
  });

  it("are what they look like, or what as says, where no format tells", async () => {
    // snprintf itself, under a prototype that does not say which parameter is the format.
    const bare = libc.func(
      "int __snprintf_chk(char *to, size_t n, int f, size_t m, void *text, ...)",
    );
    const written = async (format: string, ...values: unknown[]) => {
      const text = await scope.alloc("char[]", format);
      const { buffers } = await bare(out(64), 64, 0, 64, text, ...(values as never[]));
      await text.free();
      const [to] = buffers.filter(({ name }) => name === "to");
      return Buffer.from(to!.content!).toString().replace(/\0.*/s, "");
    };
    expect(await written("%d %ld %lu %s", -5, 5e9, MAX, "text")).to.equal(
      `-5 5000000000 ${MAX} text`,
    );
    expect(await written("%g %g %g", 2.5, as("double", 2), as("float", 0.5))).to.equal("2.5 2 0.5");
    expect(await written("%d %d", true, as("char", 65))).to.equal("1 65");
    expect(await written("%p", as("int *", 16n))).to.equal("0x10");
    expect(await written("%.3s", new Uint8Array([65, 66, 67]))).to.equal("ABC");
    const refused = [
      [[[1, 2]], /Give as\("int\[\]", \[1, 2\]\)/],
      [[2n ** 64n], /does not fit 64 bits/],
      [[as("int", 0.5)], /no whole number, which arg5 \(int\)/],
      [[as("intt", 1)], /'intt'/],
      [[undefined, 1], /undefined is no value for arg5/],
    ] as const;
    for (const [values, line] of refused) {
      expect(await told(() => written("%d", ...values))).to.match(line);
    }
  });
});

function shown(values: readonly unknown[]): string {
  return values
    .map((value) => (typeof value === "object" ? JSON.stringify(value) : `${String(value)}`))
    .join(", ");
}
