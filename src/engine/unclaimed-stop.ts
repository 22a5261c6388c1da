import { BrokenInvariant, type Tid } from "../model/index.js";
import { RegisterFile } from "../native/ptrace/registers.js";
import type { SignalInfo } from "../native/ptrace/siginfo.js";
import { signalName } from "../native/ptrace/signals.js";
import type { RemoteCode } from "../native/remote/remote-code.js";

/**
 * Nobody has taken a signal for the program's or for one of ours. Throws STOP_UNCLAIMED where it comes
 * from code of ours: the program would be told of what it has not done.
 */
export function requireClaimed(code: RemoteCode, tid: Tid, { signal }: SignalInfo): void {
  const { ip } = RegisterFile.of(tid);
  if (!code.contains(ip)) return;
  throw new BrokenInvariant(
    "STOP_UNCLAIMED",
    `thread ${tid} has stopped with ${signalName(signal)} at 0x${ip.toString(16)}, in code of the tracer's`,
  );
}
