import { constants, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { type LeftProcess, leftProcesses, markDescendants, nameOf } from "../support/processes.js";

markDescendants();

/** What there is of ours: processes, those that were left to init too, and open descriptors. */
export interface Present {
  readonly processes: readonly LeftProcess[];
  readonly descriptors: readonly string[];
}

export function present(): Present {
  return { processes: leftProcesses(), descriptors: opened() };
}

/** Tracers end a moment after their sessions: the time is for what never goes, on a machine that is busy too. */
const GONE_WITHIN_MS = 10_000;

/** What there is now, and was not before. A process that is left is ended: it is not the next one's. */
export async function leftAfter(before: Present): Promise<string[]> {
  const known = new Set(before.processes.map(({ pid }) => pid));
  for (const from = performance.now(); ; await delay(5)) {
    const { processes, descriptors } = present();
    const left = processes.filter(({ pid }) => !known.has(pid));
    const open = without(descriptors, before.descriptors);
    if (left.length === 0 && open.length === 0) return [];
    if (performance.now() - from < GONE_WITHIN_MS) continue;
    for (const { pid } of left) end(pid);
    return [...left.map(nameOf), ...open];
  }
}

const threads = () => readdirSync("/proc/self/task").length;
const THREADS = threads();

/**
 * Waits for the threads of tracers, which end when they have waited long enough for another session; what
 * is left of them then.
 */
export async function threadsEnded(): Promise<readonly string[]> {
  const from = performance.now();
  while (threads() > THREADS && performance.now() - from < GONE_WITHIN_MS) await delay(20);
  const left = threads() - THREADS;
  return left > 0 ? [`${left} threads`] : [];
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** What Node opens for itself, for each of its threads. */
const NODES = /eventpoll|eventfd|io_uring|\/dev\/null|^\/proc\/\d+\/(fd|task)$/;

/** A tracer's thread rehearses on its own process, session after session, until it ends. */
const REHEARSED = [`/proc/${process.pid}/mem`, `/proc/${process.pid}/maps`];

/** What is open, but for what belongs to threads that wait for another session, and then end. */
function opened(): string[] {
  const others = readdirSync("/proc/self/fd").filter((fd) => Number(fd) > 2);
  return others.flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      const isThreads = NODES.test(target) || REHEARSED.includes(target);
      return isThreads || isSignalPipe(fd, target) ? [] : [`${fd} ${target}`];
    } catch {
      return []; // that of the folder itself
    }
  });
}

/** libuv has one for each event loop, whose ends do not wait. Ours do. */
function isSignalPipe(fd: string, target: string): boolean {
  if (!target.startsWith("pipe:")) return false;
  const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"));
  return (Number.parseInt(flags![1]!, 8) & constants.O_NONBLOCK) !== 0;
}

function without(all: readonly string[], known: readonly string[]): string[] {
  const left = [...known];
  return all.filter((one) => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
