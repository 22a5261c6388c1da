import { expect } from "chai";
import { type Given, LiveBuffers } from "../../dist/scope/live-buffers.js";
import type { ScopeBuffer } from "../../dist/scope/scope-buffer.js";
import { Random } from "../ipc/random.js";

const BASE = 0x7f00_0000_0000;

/** As much of a buffer as is looked at. */
function buffer(start: number, size: number, label: string, serial: number): ScopeBuffer {
  return { start, size, label, serial } as ScopeBuffer;
}

describe("the buffers of a scope", () => {
  it("are to each call what a plain list of them would be, whatever is allocated and freed", () => {
    const random = new Random(7);
    let live = new LiveBuffers(BASE);
    let base = BASE;
    const all: ScopeBuffer[] = [];
    const before: { readonly index: ReturnType<LiveBuffers["forCall"]>; readonly text: string }[] =
      [];
    for (let i = 0; i < 300; i++) {
      const start = random.below(4096) * 256;
      if (random.below(3) > 0 && all.every((one) => one.start !== start)) {
        const added = buffer(start, random.below(128), `b${random.below(20)}`, i);
        all.push(added);
        live.add(added);
      } else if (all.length > 0 && random.below(2) > 0) {
        live.delete(all.splice(random.below(all.length), 1)[0]!);
      }
      if (i % 100 === 99) {
        base += 2 ** 32;
        live.moveTo(base);
      }
      const given = new Map<ScopeBuffer, Given>();
      for (const one of all.slice(0, random.below(3))) {
        given.set(one, { name: "b1", arg: given.size, const: true });
      }
      const index = live.forCall(given);
      const sorted = [...all].sort((a, b) => a.start - b.start);
      expect(index.buffers.map(({ source }) => source)).to.deep.equal(sorted);
      expect([...index.starts]).to.deep.equal(sorted.map((one) => base + one.start));
      expect([...index.ends]).to.deep.equal(sorted.map((one) => base + one.start + one.size));
      expect(new Set(index.buffers.map(({ name }) => name)).size).to.equal(all.length);
      expect(index.given.map(({ source }) => source)).to.deep.equal([...given.keys()]);
      for (const { source, arg } of index.buffers) {
        expect(arg).to.equal(given.get(source)?.arg ?? -1);
      }
      const [first] = index.given;
      if (first) expect(first.name).to.equal("b1");
      before.push({ index, text: JSON.stringify(index) });
      for (const { start: at, size } of sorted.slice(0, 3)) {
        expect(live.at(at + size)?.offset).to.equal(size);
        expect(live.at(at + size + 200)?.buffer.start).to.not.equal(at);
      }
    }
    // What a call was given stays as it was.
    for (const { index, text } of before) expect(JSON.stringify(index)).to.equal(text);
    live = new LiveBuffers(0);
    expect(live.forCall(new Map()).list).to.deep.equal([]);
  });
});
