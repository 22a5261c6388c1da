import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { violationOf, WAITING_STATES } from "../../dist/machines/session/violation.js";
import { codeBlocks } from "../project/markdown.js";
import { compileFixture, ROOT } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { supervise } from "./support/supervise.js";
import { frame } from "./support/wire.js";

const document = readFileSync(join(ROOT, "docs/protocol.md"), "utf8");

/** What an annotated line begins with. */
const BYTES = /^((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: {2,}|$)/;

describe("docs/protocol.md", () => {
  it("its byte examples are rmp_serde's", () => {
    const lines = readFileSync(join(ROOT, "test/wire/golden.ndjson"), "utf8").trim().split("\n");
    const golden = new Map(lines.map((line) => JSON.parse(line)).map((v) => [v.name, v.hex]));
    const examples = codeBlocks(document, "Examples", "text");
    expect(examples).to.have.lengthOf(6);
    for (const example of examples) {
      const [name, ...annotated] = example.trimEnd().split("\n");
      const bytes = annotated.map((line) => BYTES.exec(line)![1]!.replaceAll(" ", ""));
      expect(bytes.join(""), name).to.equal(frame(golden.get(name!)));
    }
  });

  it("its table of states has what a violation says of each", () => {
    for (const state of WAITING_STATES) {
      if (state === "severed") continue; // it is never what a violation names
      const { expected } = violationOf(state, { type: "channel.eof", midFrame: false });
      expect(document).to.match(
        new RegExp(`^\\|.*\`${state}\`.*\\| ${escaped(expected)} \\|$`, "m"),
      );
    }
  });

  it("its table of codes has every code of the wire format, and no other", () => {
    const errors = readFileSync(join(ROOT, "src/ipc/errors.ts"), "utf8");
    const [, union] = /type ProtocolErrorCode =([^;]*);/.exec(errors)!;
    const codes = Array.from(union!.matchAll(/"(\w+)"/g), ([, code]) => code);
    const told = Array.from(document.matchAll(/^\| `([A-Z_]+)` \|/gm), ([, code]) => code);
    expect(told).to.have.members([...codes, "PAGE_REFUSED", "HEAP_REFUSED"]);
  });

  it("its client has 60 lines, and works as it stands", async function () {
    needsCompiler(this);
    const [source] = codeBlocks(document, "A client in 60 lines", "c");
    expect(source!.trimEnd().split("\n")).to.have.lengthOf.at.most(60);
    await mkdir(join(ROOT, ".test-build/fixtures"), { recursive: true });
    await writeFile(join(ROOT, ".test-build/fixtures/minimal.c"), source!);
    const strict = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1"];
    const program = compileFixture(".test-build/fixtures/minimal.c", strict);
    const { code, stdout, stderr } = await supervise([program]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(touched(stdout, "read")).to.deep.equal(upTo(13));
    expect(touched(stdout, "write")).to.deep.equal(upTo(13).map((offset) => 64 + offset));
  });
});

/** The offsets that lines of the client tell of, in order, each once. */
function touched(text: string, kind: string): number[] {
  const offsets = new Set<number>();
  for (const [, offset, size] of text.matchAll(new RegExp(`^${kind} (\\d+) (\\d+)$`, "gm"))) {
    for (let i = 0; i < Number(size); i++) offsets.add(Number(offset) + i);
  }
  return [...offsets].sort((a, b) => a - b);
}

function upTo(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function escaped(text: string): string {
  return text.replaceAll(/[()]/g, "\\$&");
}
