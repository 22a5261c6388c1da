import { expect } from "chai";
import {
  as,
  type CallArgument,
  type ForeignFunction,
  type PrototypeArguments,
  type PrototypeResult,
  type ScopeBuffer,
  struct,
  type ValueOf,
} from "ffiscope";

/** `true` where the two types are one: what does not hold does not compile. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

function holds<T extends true>(held?: T): void {
  void held;
}

declare const buffer: ScopeBuffer;
declare const crc32: ForeignFunction<"ulong crc32(ulong crc, const uint8_t *buf, uint len)">;
declare const untyped: ForeignFunction;
/** By a name that is declared. */
declare const declared: ForeignFunction<"mpz_init">;
declare const printf: ForeignFunction<"int printf(const char *format, ...)">;

declare const add: ForeignFunction<"int add(struct account *a, const void *bytes)">;
declare const execv: ForeignFunction<"int execv(const char *path, char *const *argv)">;

/** Never called: the compiler reads it. */
export function calls(signal: AbortSignal): void {
  void crc32(0, buffer, 5);
  void crc32(0n, buffer, 5, { signal, timeout: 1_000 });
  void crc32(0, Buffer.from("hello"), 5);
  void crc32(0, null, 5);
  void untyped(1, "text", buffer, { timeout: 1_000 });
  void printf("%d", 5);
  void printf("%g", as("double", 2));
  void declared(0, buffer, as("double", 2), { timeout: 1_000 });
  // @ts-expect-error as() is for what `...` takes
  void crc32(as("ulong", 0), buffer, 5);
  // @ts-expect-error a number is no pointer
  void crc32(0, 5, 5);
  // @ts-expect-error text is no number
  void crc32("0", buffer, 5);
  // @ts-expect-error an argument is missing
  void crc32(0, buffer);
  // @ts-expect-error there is no such option
  void crc32(0, buffer, 5, { timeuot: 5 });
  void add(1n, "bytes");
  // @ts-expect-error text is no struct
  void add("0x7f3160001000", [1]);
  // @ts-expect-error text is no list of texts
  void execv("/bin/true", "-x");
  void execv("/bin/true", ["-x", null]);
  // @ts-expect-error a format is due
  void printf(5);
}

describe("the types of a prototype's text", () => {
  it("are those of its arguments and of its result", () => {
    holds<Same<PrototypeResult<"void f(void)">, null>>();
    holds<Same<PrototypeResult<"int f(void)">, number>>();
    holds<Same<PrototypeResult<"unsigned long long f(void)">, number | string>>();
    holds<Same<PrototypeResult<"double f(int a)">, number>>();
    holds<Same<PrototypeResult<"_Bool f(int a)">, boolean>>();
    holds<Same<PrototypeResult<"const char *f(int a)">, bigint | null>>();
    holds<Same<PrototypeArguments<"void f(void)">, []>>();
    holds<Same<PrototypeArguments<"void f()">, []>>();
    holds<Same<PrototypeArguments<"void f(int a, float b)">, [number | bigint, number | bigint]>>();
    holds<Same<PrototypeArguments<"void f(some_t a)">, [CallArgument]>>();
    holds<Same<PrototypeArguments<"void f(int (*g)(int), int a)">, CallArgument[]>>();
    expect(calls).to.be.a("function");
  });

  it("and of a struct, those of its fields' values", () => {
    const point = struct("point", { x: "int", y: "double", name: "char *" });
    const value: ValueOf<typeof point> = { x: 1, y: 2.5, name: "here" };
    // @ts-expect-error there is no such field
    const wrong: ValueOf<typeof point> = { z: 1 };
    // @ts-expect-error text is no number
    const worse: ValueOf<typeof point> = { y: "2.5" };
    expect([value, wrong, worse]).to.have.length(3);
  });
});
