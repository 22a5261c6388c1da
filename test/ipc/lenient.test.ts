import { expect } from "chai";
import { Packr } from "msgpackr";
import { decodeChildMessage, decodeSupervisorMessage } from "../../dist/ipc/index.js";
import { bytes } from "./payloads.js";

/** StartFfi with page 0x1000 and stack 0, each line as some encoder may write it. */
const startFfi: Readonly<Record<string, string>> = {
  "a map16 header": 'de0001 "StartFfi" 92 91 cd1000 00',
  "a map32 header": 'df00000001 "StartFfi" 92 91 cd1000 00',
  "a str8 name": "81 d908 5374617274466669 92 91 cd1000 00",
  "a str16 name": "81 da0008 5374617274466669 92 91 cd1000 00",
  "a str32 name": "81 db00000008 5374617274466669 92 91 cd1000 00",
  "array16 headers": '81 "StartFfi" dc0002 dc0001 cd1000 00',
  "array32 headers": '81 "StartFfi" dd00000002 dd00000001 cd1000 00',
  "a uint32 for a small value": '81 "StartFfi" 92 91 ce00001000 cc00',
  "a uint64 for a small value": '81 "StartFfi" 92 91 cf0000000000001000 cf0000000000000000',
  "an int16 for a positive value": '81 "StartFfi" 92 91 d11000 d000',
  "an int32 for a positive value": '81 "StartFfi" 92 91 d200001000 d10000',
  "an int64 for a positive value": '81 "StartFfi" 92 91 d30000000000001000 d30000000000000000',
};

describe("other MessagePack encoders", () => {
  for (const [what, notation] of Object.entries(startFfi)) {
    it(`${what} is understood`, () => {
      expect(decodeChildMessage(bytes(notation))).to.deep.equal({
        type: "StartFfi",
        pagePtrs: [0x1000],
        stackPtr: 0,
      });
    });
  }

  it("small integers written wide stay numbers beside one past 2^53", () => {
    const payload = bytes(
      '81 "StartFfi" 92 92 cf0000000000001000 cfffffffffffff f000 d30000000000000007',
    );
    expect(decodeChildMessage(payload)).to.deep.equal({
      type: "StartFfi",
      pagePtrs: [0x1000, 0xfffffffffffff000n],
      stackPtr: 7,
    });
  });

  it("the last safe integer is a number and the next a BigInt", () => {
    const payload = bytes('81 "StartFfi" 92 91 cf001fffffffffffff cf0020000000000000');
    expect(decodeChildMessage(payload)).to.deep.equal({
      type: "StartFfi",
      pagePtrs: [Number.MAX_SAFE_INTEGER],
      stackPtr: 2n ** 53n,
    });
  });

  it("every form of an i32 is the same retcode", () => {
    const forms = ["fb", "d0fb", "d1fffb", "d2fffffffb", "d3fffffffffffffffb"];
    for (const form of forms) {
      expect(decodeChildMessage(bytes(`81 "OverrideRetcode" ${form}`))).to.deep.equal({
        type: "OverrideRetcode",
        code: -5,
      });
    }
    const positive = ["05", "cc05", "cd0005", "ce00000005", "cf0000000000000005"];
    for (const form of positive) {
      expect(decodeChildMessage(bytes(`81 "OverrideRetcode" ${form}`))).to.deep.equal({
        type: "OverrideRetcode",
        code: 5,
      });
    }
  });

  it("what msgpackr packs by itself is understood, with addresses as BigInt", () => {
    const packr = new Packr({ useRecords: false });
    const payload = packr.pack({ StartFfi: [[0x7f1cfae25000n, 0xffffffff], 0x5581e2c0f2a0n] });
    expect(payload.subarray(0, 3).toString("hex")).to.equal("de0001");
    expect(decodeChildMessage(payload)).to.deep.equal({
      type: "StartFfi",
      pagePtrs: [0x7f1cfae25000, 0xffffffff],
      stackPtr: 0x5581e2c0f2a0,
    });
  });

  it("a Confirmation with a longer array header is one", () => {
    for (const notation of ["90", "dc0000", "dd00000000"]) {
      expect(decodeSupervisorMessage(bytes(notation))).to.deep.equal({ type: "Confirmation" });
    }
  });

  it("events with longer headers and integers are the same events", () => {
    const payload = bytes(
      `dc0001 dd00000002
       de0001 d904 52656164 dc0002 d30000000000001000 d10008
       df00000001 da0005 5772697465 dc0002 dd00000002 cf0000000000001008 d004 c2`,
    );
    expect(decodeSupervisorMessage(payload)).to.deep.equal({
      type: "MemEvents",
      events: [
        { kind: "read", address: 0x1000, size: 8, certain: true },
        { kind: "write", address: 0x1008, size: 4, certain: false },
      ],
    });
  });

  it("an event's integers past 2^53 are BigInt", () => {
    const payload = bytes('91 91 81 "Read" 92 cfffffffffffffffff cf0020000000000000');
    expect(decodeSupervisorMessage(payload)).to.deep.equal({
      type: "MemEvents",
      events: [{ kind: "read", address: 2n ** 64n - 1n, size: 2n ** 53n, certain: true }],
    });
  });
});
