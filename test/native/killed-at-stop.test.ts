import { expect } from "chai";
import type { Tid } from "../../dist/model/index.js";
import { spawnBehindGate } from "../../dist/native/launch/spawn.js";
import { resume, seize, signalInfo } from "../../dist/native/ptrace/ptrace.js";
import { SIGUSR1 } from "../../dist/native/ptrace/signals.js";
import { ThreadGone } from "../../dist/native/ptrace/thread-gone.js";
import { waitForStop } from "../../dist/native/ptrace/wait.js";

describe("a thread that is killed at a stop", () => {
  it("is gone, and not stopped by the trap of its exit stop", () => {
    const request = { program: "true", args: [], env: {}, inherit: [], stdoutToStderr: false };
    const child = spawnBehindGate(request);
    const tid = child.pid as number as Tid;
    seize(tid);
    process.kill(child.pid, "SIGUSR1");
    let first = waitForStop();
    // posix_spawn(3) may have returned before its execve(2) has come to its stop.
    for (; first?.kind === "exec"; first = waitForStop()) resume(tid, "continue");
    expect(first).to.deep.equal({ kind: "signal", tid, signal: SIGUSR1 });
    expect(signalInfo(tid).signal).to.equal(SIGUSR1);
    process.kill(child.pid, "SIGKILL");
    // Until SIGKILL has woken it, it is at the stop that it was at.
    expect(() => {
      while (signalInfo(tid).signal === SIGUSR1);
    }).to.throw(ThreadGone);
    for (let stop = waitForStop(); stop?.kind !== "killed"; stop = waitForStop()) {
      if (stop?.kind === "exiting") resume(tid, "continue");
    }
    child.abandon();
  });
});
