import { expect } from "chai";
import { Scope } from "ffiscope";

describe("the library", () => {
  it("runs as it is written in the issue", async () => {
    const { signal } = new AbortController();
    const kinds: string[] = [];
    await using scope = await Scope.open({ timeout: 5_000, maxEvents: 1e7 });
    const lib = await scope.load("libz.so.1");
    const crc32 = lib.func("ulong crc32(ulong crc, const uint8_t *buf, uint len)");
    const buf = await scope.alloc(Buffer.from("hello"));
    const call = await crc32(0, buf, 5, { signal });
    for (const access of call.events)
      kinds.push(`${access.kind} ${access.buffer}+${access.offset}`);
    expect(call.result).to.equal(907060870);
    expect(kinds).to.deep.equal([0, 1, 2, 3, 4].map((at) => `read buf+${at}`));
    expect([...call.events.columns.offset]).to.deep.equal([0, 1, 2, 3, 4]);
    expect(call.findings).to.deep.equal([]);
    expect(call.crash).to.equal(null);
    expect(call.engineStats).to.deep.include({ unknown: 0 });
    expect(call.durationMs).to.be.greaterThan(0);
    expect((await buf.read()).toString()).to.equal("hello");
    await buf.free();
  });
});
