import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import type { Pid, TraceeAddress } from "../../dist/model/index.js";
import { symbolAddress } from "../../dist/native/libc.js";
import { TraceeMemory } from "../../dist/native/remote/tracee-memory.js";

/** Below what mmap(2) gives anyone (vm.mmap_min_addr). */
const UNMAPPED = 16 as TraceeAddress;

describe("memory of the tracee that has to be there", () => {
  it("is read whole, or said to be lost: never taken for empty", () => {
    const memory = new TraceeMemory(process.pid as Pid);
    const bytes = new Uint8Array(16);
    expect(memory.fill(symbolAddress("qsort") as TraceeAddress, bytes)).to.equal(true);
    expect(bytes.some((byte) => byte !== 0)).to.equal(true);
    expect(() => memory.fill(UNMAPPED, bytes))
      .to.throw("(0x10)")
      .with.property("code", "TRACEE_MEMORY_LOST");
    memory.close();
  });

  it("is not missed where the process is gone", async () => {
    const child = spawn("sleep", ["infinity"]);
    await once(child, "spawn");
    const memory = new TraceeMemory(child.pid as Pid);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(memory.fill(UNMAPPED, new Uint8Array(16))).to.equal(false);
    memory.close();
  });
});
