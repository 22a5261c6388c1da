import { fstatSync } from "node:fs";
import type { Pid, Tid } from "../../model/index.js";
import { requireFileSize } from "../../native/file-size-limit.js";
import { closeDescriptor, moveDescriptor, openSocketPair } from "../../native/files.js";
import { type SpawnedChild, spawnBehindGate } from "../../native/launch/spawn.js";
import { openPidfd } from "../../native/pidfd.js";
import { requireOwnProc } from "../../native/proc-check.js";
import { seize } from "../../native/ptrace/ptrace.js";
import type { StopQueue } from "../../native/ptrace/stops.js";
import type { ThreadTable } from "../../threads/thread-table.js";
import { endTracee } from "./end-tracee.js";
import { failureOfStart } from "./killed-at-start.js";
import type { InheritedLine } from "./launch-tree.js";
import type { TracerTask } from "./messages.js";
import type { TracerPort } from "./tracer-port.js";

/** The number that the child finds in `FFISCOPE_FD` is that of its end in our own process. */
const CHANNEL_VARIABLE = "FFISCOPE_FD";

/** No launcher is larger (PATH_MAX and some code), in bytes. */
const LARGEST_LAUNCHER = 8192;

/** Of the built-in host: how large a heap it makes, in bytes. */
const HEAP_VARIABLE = "FFISCOPE_HEAP_BYTES";

/**
 * The line's number is above those that Node sets close-on-exec when it starts (all up to 15, and on to
 * the first that is not open): a launcher that is a Node program hands it on.
 */
const LINE_FROM = 500;

/** Starts the program behind a gate, seizes it, and opens the gate. `channel`: our end of its line. */
export function startTracee(
  { command, args, env, stdoutToStderr }: TracerTask,
  port: TracerPort,
  stops: StopQueue,
  threads: ThreadTable,
): { readonly pid: Pid; readonly channel: number; readonly line: InheritedLine } {
  requireOwnProc();
  requireFileSize(Math.max(LARGEST_LAUNCHER, Number(env[HEAP_VARIABLE] ?? 0)));
  const [ours, low] = openSocketPair();
  const theirs = moveDescriptor(low, LINE_FROM);
  let isTold = false;
  try {
    const child = spawnBehindGate({
      program: command,
      args,
      env: { ...env, [CHANNEL_VARIABLE]: String(theirs) },
      inherit: [theirs],
      stdoutToStderr,
    });
    const pidfd = pidfdOf(child, stops);
    port.post({ type: "spawned", pid: child.pid, pidfd, channel: ours });
    isTold = true;
    try {
      seize(child.pid as number as Tid);
      port.post({ type: "seized" });
      threads.add(child.pid as number as Tid, false).stopped = false;
      child.open();
    } catch (error) {
      child.abandon();
      const end = endTracee(child.pid, [], stops); // no zombie is left
      throw failureOfStart(error, end, command);
    }
    const line = { fd: theirs, inode: fstatSync(theirs).ino };
    return { pid: child.pid, channel: ours, line };
  } catch (error) {
    if (!isTold) closeDescriptor(ours); // else it is the session's
    throw error;
  } finally {
    closeDescriptor(theirs); // or the end of file would never come
  }
}

function pidfdOf(child: SpawnedChild, stops: StopQueue): number {
  try {
    return openPidfd(child.pid);
  } catch (error) {
    child.abandon();
    endTracee(child.pid, [], stops); // no zombie is left
    throw error;
  }
}
