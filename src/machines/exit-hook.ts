import { SIGKILL, signalPidfd } from "../native/index.js";

/** The tracees that are alive, by pidfd. */
const alive = new Set<number>();

/**
 * A tracer's thread sleeps in waitid, and `process.exit()` would wait for it until the tracee ends
 * by itself. So it is killed when the process exits.
 */
function killAll(): void {
  for (const pidfd of alive) signalPidfd(pidfd, SIGKILL);
}

/** Has the process of `pidfd` killed when ours exits; call the result once it is gone. */
export function killAtExit(pidfd: number): () => void {
  if (alive.size === 0) process.on("exit", killAll);
  alive.add(pidfd);
  return () => {
    alive.delete(pidfd);
    if (alive.size === 0) process.off("exit", killAll);
  };
}
