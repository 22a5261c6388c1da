import { FfiscopeError, type Tid, type TraceeAddress } from "../model/index.js";
import { Reg, RegisterFile } from "../native/ptrace/registers.js";
import type { RemoteCode } from "../native/remote/remote-code.js";
import { SYSCALL_LENGTH } from "./restarts.js";

/**
 * Nothing can be injected at a syscall's entry. So the call is skipped, `work` has the borrowed
 * thread, and then the call is entered again: the thread is at its entry as before.
 */
export function behindReentry(code: RemoteCode, tid: Tid, number: number, work: () => void): void {
  code.borrow(tid, (registers) => {
    const skipped = registers.copy();
    skipped.forgetSyscall();
    skipped.write(tid);
    runToSyscallStop(code, tid);
    work();
    const again = registers.copy();
    again.ip = (again.ip - SYSCALL_LENGTH) as TraceeAddress;
    again.words[Reg.rax] = BigInt(number);
    again.forgetSyscall();
    again.write(tid);
    runToSyscallStop(code, tid);
    registers.words.set(RegisterFile.of(tid).words);
  });
}

function runToSyscallStop(code: RemoteCode, tid: Tid): void {
  const stop = code.runToStop(tid, "syscall");
  if (stop.kind === "syscall") return;
  throw new FfiscopeError({
    code: "INJECTION_FAILED",
    message: `thread ${tid} stopped unexpectedly at a system call (${JSON.stringify(stop)})`,
  });
}
