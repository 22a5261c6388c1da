/** The tracees that may be alive, by what kills them. */
const alive = new Set<() => void>();

/**
 * A tracer's thread sleeps in waitid, and `process.exit()` would wait for it until the tracee ends
 * by itself. So it is killed when the process exits.
 */
function killAll(): void {
  for (const kill of alive) kill();
}

/** Has `kill` called when our process exits; call the result once there is nothing to kill. */
export function killAtExit(kill: () => void): () => void {
  if (alive.size === 0) process.on("exit", killAll);
  alive.add(kill);
  return () => {
    alive.delete(kill);
    if (alive.size === 0) process.off("exit", killAll);
  };
}
