import { expect } from "chai";
import { placeIn } from "../../dist/fragments/cache/place.js";
import { buildBlock } from "../../dist/fragments/translate/block-builder.js";
import type { TraceeAddress } from "../../dist/model/index.js";

const IP = 0x1000 as TraceeAddress;
const AT = 0x100_0000;

/** `movzx ecx, byte [rdi]`; `add rdi, 1`; `cmp rdi, rdx`; `jne` to the first. */
const LOOP = Uint8Array.from([
  ...[0x0f, 0xb6, 0x0f],
  ...[0x48, 0x83, 0xc7, 0x01],
  ...[0x48, 0x39, 0xd7],
  ...[0x75, 0xf4],
  ...new Array(16).fill(0x90),
]);

/** `lea r15, [r15 + 8]` */
const ADVANCE = Buffer.from([0x4d, 0x8d, 0x7f, 0x08]);
/** `cmp rdi, rdx`, and the beginning of `jne` with 32 bits. */
const COMPARE_AND_BRANCH = Buffer.from([0x48, 0x39, 0xd7, 0x0f, 0x85]);

describe("a place in a block", () => {
  const { block, code } = buildBlock({
    ...{ id: 1, ip: IP, code: LOOP, at: AT, area: 0x4000_0000, pageTable: 0x7000_0000 },
    modeOf: () => "redirected",
    isEntry: () => false,
    isRefused: () => false,
  })!;

  it("tells whether the log's end is past the block's records, also where an instruction begins", () => {
    const advance = Buffer.from(code).indexOf(ADVANCE);
    expect(advance).to.be.greaterThan(0);
    for (let offset = 0; offset < block.size; offset++) {
      const place = placeIn([block], AT + offset)!;
      expect(place.isAdvanced, `offset ${offset}`).to.equal(offset >= advance + ADVANCE.length);
    }
    const branch = block.starts.at(-1)!;
    expect(placeIn([block], AT + branch)).to.include({ isStart: true, isAdvanced: true });
  });

  it("between a comparison and the branch on it is none of ours", () => {
    expect(Buffer.from(code).includes(COMPARE_AND_BRANCH)).to.equal(true);
  });
});
