import { expect } from "chai";
import {
  type ChildMessage,
  decodeChildMessage,
  decodeSupervisorMessage,
  encodeChildMessage,
  encodeSupervisorMessage,
  type SupervisorMessage,
} from "../../dist/ipc/index.js";
import { golden } from "./payloads.js";

const fromChild: Readonly<Record<string, ChildMessage>> = {
  "StartFfi, no pages": { type: "StartFfi", pagePtrs: [], stackPtr: 0 },
  "StartFfi, two pages": {
    type: "StartFfi",
    pagePtrs: [0x7f1cfae25000, 0x7f1cfae26000],
    stackPtr: 0x5581e2c0f2a0,
  },
  "StartFfi, usize::MAX": {
    type: "StartFfi",
    pagePtrs: [0xfffffffffffff000n],
    stackPtr: 0xffffffffffffffffn,
  },
  "OverrideRetcode(0)": { type: "OverrideRetcode", code: 0 },
  "OverrideRetcode(1)": { type: "OverrideRetcode", code: 1 },
  "OverrideRetcode(-1)": { type: "OverrideRetcode", code: -1 },
  "OverrideRetcode(127)": { type: "OverrideRetcode", code: 127 },
  "OverrideRetcode(128)": { type: "OverrideRetcode", code: 128 },
  "OverrideRetcode(-33)": { type: "OverrideRetcode", code: -33 },
  "OverrideRetcode(2147483647)": { type: "OverrideRetcode", code: 2147483647 },
  "OverrideRetcode(-2147483648)": { type: "OverrideRetcode", code: -2147483648 },
};

const fromSupervisor: Readonly<Record<string, SupervisorMessage>> = {
  Confirmation: { type: "Confirmation" },
  "MemEvents, none": { type: "MemEvents", events: [] },
  "MemEvents, one read": {
    type: "MemEvents",
    events: [{ kind: "read", address: 0x7f1cfae25000, size: 4, certain: true }],
  },
  "MemEvents, certain and uncertain write": {
    type: "MemEvents",
    events: [
      { kind: "write", address: 0x7f1cfae25004, size: 8, certain: true },
      { kind: "write", address: 0x7f1cfae25ffc, size: 64, certain: false },
    ],
  },
  "MemEvents, 20 reads": {
    type: "MemEvents",
    events: Array.from({ length: 20 }, (_, i) => ({
      kind: "read" as const,
      address: 0x7f1cfae25000 + 4 * i,
      size: 4,
      certain: true,
    })),
  },
};

describe("the vectors that rmp-serde wrote", () => {
  it("are all looked at here", () => {
    expect([...Object.keys(fromChild), ...Object.keys(fromSupervisor)]).to.have.members([
      ...golden.keys(),
    ]);
  });

  for (const [name, message] of Object.entries(fromChild)) {
    it(`${name} is read and written as it is`, () => {
      const payload = golden.get(name)!;
      expect(decodeChildMessage(payload)).to.deep.equal(message);
      expect(Buffer.from(encodeChildMessage(message)).toString("hex")).to.equal(
        payload.toString("hex"),
      );
    });
  }

  for (const [name, message] of Object.entries(fromSupervisor)) {
    it(`${name} is read and written as it is`, () => {
      const payload = golden.get(name)!;
      expect(decodeSupervisorMessage(payload)).to.deep.equal(message);
      expect(Buffer.from(encodeSupervisorMessage(message)).toString("hex")).to.equal(
        payload.toString("hex"),
      );
    });
  }
});
