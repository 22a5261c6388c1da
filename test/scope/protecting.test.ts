import { expect } from "chai";
import { Scope } from "ffiscope";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { callError } from "./support.js";

const PAGE = 4096;
const [NONE, READ, WRITE] = [0, 1, 2];
const READ_WRITE = READ | WRITE;
const [EFAULT, EINVAL, SIGSEGV] = [14, 22, 11];

describe("a function that protects its memory itself has it so, as untraced", () => {
  let library: string;

  before(function () {
    needsCompiler(this);
    const flags = ["-O1", "-w", "-shared", "-fPIC"];
    library = compileFixture("test/fixtures/scope/protecting.c", flags);
  });

  afterEach(() => expectNothingLeft());

  for (const engine of ["auto", "reference"] as const) {
    const open = async () => {
      const scope = await Scope.open({ engine, timeout: 100_000 });
      return { scope, lib: await scope.load(library), p: await scope.alloc(8 * PAGE) };
    };

    it(`each page faults once, and its handler lets it be accessed: ${engine}`, async () => {
      const { scope, lib, p } = await open();
      await using _ = scope;
      const barrier = lib.func("int barrier(uint8_t *p, int protection)");
      // Three pages; then rep stos in the two of them that it comes to.
      for (const protection of [READ, NONE]) {
        const { result, events } = await barrier(p, protection);
        expect(result).to.equal(5);
        const stored = [...events].slice(2 * (PAGE + 2 * PAGE)); // the others are single bytes
        expect(stored.reduce((sum, { size }) => sum + size, 0)).to.equal(16);
      }
    });

    it(`a system call gets EFAULT, or what there is before: ${engine}`, async () => {
      const { scope, lib, p } = await open();
      await using _ = scope;
      const readInto = lib.func("int read_into(uint8_t *p, int protection, int offset)");
      const cases = [
        ...[NONE, READ].flatMap((protection) => [[protection, 0, -EFAULT, 0] as const]),
        ...[[READ_WRITE, 0, 6, 6] as const, [READ_WRITE, -2, 6, 6] as const],
      ];
      for (const [protection, offset, expected, written] of cases) {
        const { result, events } = await readInto(p, protection, offset);
        expect(result).to.equal(expected);
        const sizes = [...events].filter(({ origin }) => origin === "kernel").map((e) => e.size);
        expect(sizes).to.deep.equal(written === 0 ? [] : [written]);
      }
    });

    it(`a write to what may only be read is its crash: ${engine}`, async () => {
      const { scope, lib, p } = await open();
      await using _ = scope;
      const error = await callError(lib.func("void write_protected(uint8_t *p)")(p));
      expect(error.call!.crash).to.include({ signal: "SIGSEGV" });
      expect(error.message).to.include("wrote to memory that does not allow it");
      expect(error.message).to.include("its protection is r--");
    });

    it(`a forked child has it as its parent, and what is no protection is refused: ${engine}`, async () => {
      const { scope, lib, p } = await open();
      await using _ = scope;
      expect((await lib.func("int fork_protected(uint8_t *p)")(p)).result).to.equal(SIGSEGV);
      const protect = lib.func("int protect(uint8_t *p, int protection)");
      expect((await protect(p, 0x100)).result).to.equal(-EINVAL);
      expect((await protect(p, READ_WRITE)).result).to.equal(0);
    });
  }
});
