import { expect } from "chai";
import { type Library, Scope, type ScopeBuffer, type TracedCall } from "ffiscope";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";

const SIZES = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 47, 48, 63, 64, 65, 95, 96, 127, 128],
  ...[129, 255, 257],
];

const NARROW = [
  ...["strnlen", "strncpy", "stpncpy", "strncat", "strncmp", "strncasecmp", "memchr", "memrchr"],
  ...["memcmp", "strndup", "printf", "rawmemchr"],
];
const WIDE = ["wcsnlen", "wcsncpy", "wcpncpy", "wcsncat", "wcsncmp", "wmemchr", "wmemcmp"];

/** They look at all that they are told to, also behind a NUL. */
const IGNORES_NUL = ["memchr", "memrchr", "memcmp", "rawmemchr", "wmemchr", "wmemcmp"];

for (const engine of ["auto", "reference"] as const) {
  describe(`a counted function of libc that library code calls, ${engine}`, () => {
    let scope: Scope;
    let lib: Library;

    before(async function () {
      needsCompiler(this);
      const flags = ["-shared", "-fPIC", "-O1", "-fno-builtin", "-w"];
      scope = await Scope.open({ engine });
      lib = await scope.load(compileFixture("test/fixtures/scope/counted.c", flags));
    });

    after(() => scope?.close());

    for (const [names, type, unit] of [
      [NARROW, "char", 1],
      [WIDE, "int", 4],
    ] as const) {
      for (const name of names) {
        const read = `const ${type} *s, const ${type} *other, long n, long count`;
        const copied = `${type} *s, const ${type} *from, const ${type} *other, long n, long count`;

        it(`${name}: one too many is found, and no other`, async () => {
          const wrong: string[] = [];
          const once = lib.func(`long once_${name}(${read})` as string);
          const again = lib.func(`long again_${name}(${read})` as string);
          for (const size of SIZES) {
            const [s, other] = await texts(scope, size, unit);
            for (const [what, func] of [
              ["once", once],
              ["again", again],
            ] as const) {
              const right = await func(s, other, size, size);
              if (right.findings.length > 0) wrong.push(`${what} ${size}: ${shown(right)}`);
              const found = await func(s, other, size, size + 1);
              if (!isPastEnd(found, "s", size * unit))
                wrong.push(`${what} ${size}+1: ${shown(found)}`);
            }
            for (const buffer of [s, other]) await buffer.free();
          }
          expect(wrong).to.deep.equal([]);
        });

        if (name === "rawmemchr") continue; // what the call has written has nothing to find behind it
        it(`${name}: one too many is found in what the call has written`, async () => {
          const wrong: string[] = [];
          const copy = lib.func(`long copied_${name}(${copied})` as string);
          const end = lib.func(`long ended_${name}(${copied})` as string);
          for (const size of SIZES) {
            const [from, other] = await texts(scope, size, unit);
            const s = await scope.alloc(size * unit);
            const right = await copy(s, from, other, size, size);
            if (right.findings.length > 0) wrong.push(`${size}: ${shown(right)}`);
            const found = await copy(s, from, other, size, size + 1);
            if (!isPastEnd(found, "s", size * unit)) wrong.push(`${size}+1: ${shown(found)}`);
            // Its NUL is overwritten afterwards: that it was there is not known any more.
            const ended = await end(s, from, other, size, size + 1);
            if (!IGNORES_NUL.includes(name) && ended.findings.length > 0) {
              wrong.push(`ended ${size}+1: ${shown(ended)}`);
            }
            for (const buffer of [from, other, s]) await buffer.free();
          }
          expect(wrong).to.deep.equal([]);
        });
      }
    }
  });
}

/**
 * Two texts of `size` characters that are the same, and have no NUL. Behind the second is what rawmemchr
 * looks for: it would go on for ever.
 */
async function texts(scope: Scope, size: number, unit: 1 | 4): Promise<[ScopeBuffer, ScopeBuffer]> {
  const bytes = Buffer.alloc(size * unit);
  for (let i = 0; i < size; i++) bytes[i * unit] = 0x61 + (i % 26);
  const both = [await scope.alloc(bytes), await scope.alloc(bytes)] as [ScopeBuffer, ScopeBuffer];
  await scope.alloc(Buffer.from("#"));
  return both;
}

/** A finding begins right behind the buffer. */
function isPastEnd({ findings }: TracedCall, buffer: string, end: number): boolean {
  return findings.some(
    (finding) =>
      finding.kind === "out-of-bounds-read" && finding.buffer === buffer && finding.offset === end,
  );
}

function shown({ findings }: TracedCall): string {
  const all = findings.map(
    ({ kind, buffer, offset, size }) => `${kind} ${buffer} ${offset}+${size}`,
  );
  return all.join(", ") || "nothing";
}
