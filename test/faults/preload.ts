/**
 * Puts the fault seam before everything of ours, in each thread of a run: `node --import`. Workers have
 * the run's plan from their parent.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";
import { constants } from "node:os";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import type { FaultSeam } from "../../dist/native/fault-seam.js";
import { CALLS, ERRNOS, IOCTLS, REQUESTS, SYSCALLS, TRACEE_CALLS } from "./calls.js";
import { FaultPlan } from "./plan.js";

const PLAN = "ffiscope.fault-plan";

type Call = (...args: unknown[]) => unknown;

const require = createRequire(import.meta.url);
const koffi = require("koffi") as { errno(value?: number): number };
const fs = require("node:fs") as Record<string, Call>;

const shared = getEnvironmentData(PLAN) as SharedArrayBuffer | undefined;
export const plan = new FaultPlan(shared);
setEnvironmentData(PLAN, plan.memory);

/** The task is their first argument behind the number of the call. */
const GOES_BY_TASK = new Set([
  "pidfd_open",
  ...Object.values(REQUESTS).map((name) => `ptrace ${name}`),
]);

const { kill } = process;
const { ESRCH } = ERRNOS;

/** What is told to be gone has to be: the kernel says so of nothing that is there. Threads of our own stay. */
function makeGone(task: number): void {
  if (isOurs(task)) return;
  try {
    kill.call(process, task, "SIGKILL");
  } catch {
    // it is
  }
}

const { accessSync: look } = fs;

function isOurs(task: number): boolean {
  try {
    look!(`/proc/self/task/${task}`);
    return true;
  } catch {
    return false;
  }
}

const seam: FaultSeam = {
  wrap(name, call) {
    const original = call as unknown as Call;
    const wrapped: Call = (...args) => {
      const errno = plan.errnoFor(nameOf(name, args));
      if (errno === null) return original(...args);
      showStack(name);
      const called = nameOf(name, args);
      if (errno === ESRCH && GOES_BY_TASK.has(called)) makeGone(args[1] as number);
      else if (name === "close" || (errno === ESRCH && called === "pidfd_send_signal")) {
        original(...args); // close(2) closes, whatever it says
      }
      if (name === "posix_spawn") return errno;
      koffi.errno(errno);
      return -1;
    };
    const known = ["ptrace", "syscall", "ioctl", ...CALLS].includes(name);
    return known ? (wrapped as unknown as typeof call) : call;
  },
  inTracee(number, result) {
    const errno = plan.errnoFor(`tracee ${TRACEE_CALLS[number] ?? number}`);
    return errno === null ? result : BigInt(-errno);
  },
};
(globalThis as Record<symbol, unknown>)[Symbol.for("ffiscope.fault-seam")] = seam;

const write = fs.writeSync!;

/** For a look at one fault: FAULT_STACK=1 npm run fuzz -- --faults --only "ptrace CONT idle EIO". */
function showStack(name: string): void {
  if (process.env.FAULT_STACK) write(2, `${new Error(`${name} fails`).stack}\n`);
}

function nameOf(name: string, args: readonly unknown[]): string {
  if (name === "ptrace") return `ptrace ${REQUESTS[args[0] as number]}`;
  if (name === "syscall") return SYSCALLS[args[0] as number] ?? name;
  if (name === "ioctl") return IOCTLS[args[1] as number] ?? name;
  return name;
}

/** Descriptors of the files that events are spilled to. */
const spills = new Set<unknown>();

const O_TMPFILE = 0o20000000; // asm-generic/fcntl.h

function isSpill([of, flags]: readonly unknown[]): boolean {
  return spills.has(of) || (typeof flags === "number" && (flags & O_TMPFILE) !== 0);
}

function nameOfFs(name: string, args: readonly unknown[]): string {
  return isSpill(args) ? `spill ${name.slice(0, -"Sync".length)}` : name;
}

function noted(name: string, args: readonly unknown[], result: unknown): unknown {
  if (name === "openSync" && isSpill(args)) spills.add(result);
  if (name === "closeSync") spills.delete(args[0]);
  return result;
}

for (const name of CALLS.filter((name) => name.endsWith("Sync"))) {
  const original = fs[name]!;
  fs[name] = (...args) => {
    const errno = plan.errnoFor(nameOfFs(name, args));
    if (errno === null) return noted(name, args, original(...args));
    showStack(name);
    const task = /^\/proc\/(\d+)\//.exec(String(args[0]))?.[1];
    if (errno === ESRCH && task !== undefined) makeGone(Number(task));
    if (name === "closeSync") noted(name, args, original(...args));
    throw errnoError(name.slice(0, -"Sync".length), errno, args[0]);
  };
}
syncBuiltinESMExports();

process.kill = (pid, signal) => {
  const errno = plan.errnoFor("kill");
  if (errno !== null) showStack("kill");
  if (errno === ESRCH) makeGone(pid);
  if (errno !== null) throw errnoError("kill", errno, null);
  return kill.call(process, pid, signal);
};

/** As Node throws them. */
function errnoError(syscall: string, errno: number, path: unknown): Error {
  const code = Object.entries(constants.errno).find(([, value]) => value === errno)![0];
  const of = typeof path === "string" ? { path } : {};
  const message = `${code}: injected, ${syscall}${typeof path === "string" ? ` '${path}'` : ""}`;
  return Object.assign(new Error(message), { code, errno: -errno, syscall, ...of });
}
