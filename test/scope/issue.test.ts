import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { type CallAccess, Scope } from "ffiscope";
import { ROOT } from "../support/fixtures.js";
import { expectNothingLeft } from "../support/processes.js";

describe("the library's example", () => {
  it("runs as it is written", async () => {
    const { signal } = new AbortController();
    const seen: CallAccess[] = [];
    // biome-ignore format: the block of the documents, as it stands there
    {
await using scope = await Scope.open({ timeout: 5_000, maxEvents: 1e7 });
const lib = await scope.load("libz.so.1");
const crc32 = lib.func("ulong crc32(ulong crc, const uint8_t *buf, uint len)");
const buf = await scope.alloc(Buffer.from("hello"));
const call = await crc32(0, buf, 5, { signal });
for (const access of call.events) seen.push(access);
const bytes = await buf.read();
await buf.free();
expect({ result: call.result, bytes: bytes.toString() }).to.deep.equal({ result: 907060870, bytes: "hello" });
expect(call.findings).to.deep.equal([]);
expect(call.crash).to.equal(null);
expect(call.engineStats).to.deep.include({ unknown: 0 });
expect(call.durationMs).to.be.greaterThan(0);
    }
    expect(seen.map(({ kind, buffer, offset }) => `${kind} ${buffer}+${offset}`)).to.deep.equal(
      [0, 1, 2, 3, 4].map((at) => `read buf+${at}`),
    );
    expect(Object.keys(seen[0]!)).to.deep.equal([
      ...["kind", "address", "size", "certain", "ip", "thread", "origin"],
      ...["buffer", "offset", "symbol"],
    ]);
    expect(seen[0]!.symbol).to.match(/^libz\.so\.1!crc32/);
    await expectNothingLeft();
  });

  it("stands in the documents", () => {
    const source = readFileSync(join(ROOT, "test/scope/issue.test.ts"), "utf8");
    const [, block] = /\{\n(await using[\s\S]*?\n)for /.exec(source)!;
    const api = readFileSync(join(ROOT, "docs/api.md"), "utf8");
    for (const line of block!.trimEnd().split("\n")) expect(api).to.include(line);
  });
});
