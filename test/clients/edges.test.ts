import { expect } from "chai";
import { needsCompiler } from "../support/needs.js";
import { compileWithClient } from "./support/programs.js";
import { supervise } from "./support/supervise.js";

/** What the call does, and where it faults from the heap's start, in bytes. */
const FAULTS = [
  { what: "behind", does: "reads the byte behind its heap", signal: "SIGSEGV", offset: 0x4000 },
  { what: "across", does: "reads across its heap's end", signal: "SIGSEGV", offset: 0x4000 },
  { what: "before", does: "reads the byte before its heap", signal: "SIGSEGV", offset: -1 },
  { what: "copy", does: "copies to behind its heap", signal: "SIGSEGV", offset: 0x4000 },
  { what: "cut", does: "cuts its heap's file short", signal: "SIGBUS", offset: 0x2000 },
] as const;

/** A hole of one page, one that our code's memory just fills, and one with room for all of it. */
const HOLES = [1, 2, 16, 40, 20_000];

describe("a plain client crashes beside its heap as it does untraced", () => {
  let program: string;
  before(function () {
    needsCompiler(this);
    program = compileWithClient("edges");
  });

  for (const engine of ["auto", "reference"]) {
    for (const { what, does, signal, offset } of FAULTS) {
      it(`${does} (${engine})`, async () => {
        for (const hole of what === "cut" ? [1] : HOLES) {
          const options = ["--engine", engine];
          const ended = await supervise([program, what, String(hole)], { options });
          const heap = BigInt(/heap (0x\w+)/.exec(ended.stderr)![1]!);
          const address = `0x${(heap + BigInt(offset)).toString(16)}`;
          expect(ended.stdout, `a hole of ${hole} pages`).to.equal("");
          expect(ended.stderr).to.include(
            `was killed by ${signal} at address ${address} in edges!`,
          );
          expect(ended.code).to.equal(1);
        }
      });
    }
  }
});
