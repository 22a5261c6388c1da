/**
 * `node --import`: has threads of a tracee lose their gs base when they are resumed.
 * What the tracer then reads from their logs could be false.
 */
import type { FaultSeam } from "../../../dist/native/fault-seam.js";

// linux/ptrace.h, sys/user.h
const PTRACE_POKEUSER = 6;
const RESUMES: readonly unknown[] = [7, 24]; // PTRACE_CONT, PTRACE_SYSCALL
const GS_BASE = 8 * 22;

type Call = (...args: unknown[]) => unknown;

const seam: FaultSeam = {
  wrap(name, call) {
    if (name !== "ptrace") return call;
    const ptrace = call as unknown as Call;
    const wrapped: Call = (...args) => {
      const [request, tid] = args;
      if (RESUMES.includes(request)) ptrace(PTRACE_POKEUSER, tid, GS_BASE, 0);
      return ptrace(...args);
    };
    return wrapped as unknown as typeof call;
  },
  inTracee: (_number, result) => result,
};
(globalThis as Record<symbol, unknown>)[Symbol.for("ffiscope.fault-seam")] = seam;
