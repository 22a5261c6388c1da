import { expect } from "chai";
import { decodeChildMessage, encodeChildMessage } from "../../dist/ipc/index.js";

describe("a heap of a million pages", () => {
  it("arrives whole, in less than it takes to notice", () => {
    const pagePtrs = Array.from({ length: 1_000_000 }, (_, i) => 0x7f0000000000 + 4096 * i);
    const payload = encodeChildMessage({ type: "StartFfi", pagePtrs, stackPtr: 0 });
    const start = process.cpuUsage();
    const message = decodeChildMessage(payload);
    const { user, system } = process.cpuUsage(start);
    const took = (user + system) / 1000;
    if (message.type !== "StartFfi") throw new Error(message.type);
    expect(message.pagePtrs.length).to.equal(pagePtrs.length);
    expect(message.pagePtrs.every((page, i) => page === pagePtrs[i])).to.equal(true);
    // 40 to 80 ms of a processor: this catches a change of order, not of constant.
    expect(took).to.be.below(2_000);
  });
});
