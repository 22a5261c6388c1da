/** By Node's names. A pipe that is standard output is among them, and keeps nothing alive. */
const atStart = process.getActiveResourcesInfo();

/**
 * Waits until nothing keeps this process alive, which Node says with `beforeExit`. Answers null
 * then, and what does where that has not come after `withinMs`.
 */
export function drained(withinMs: number): Promise<readonly string[] | null> {
  return new Promise((resolve) => {
    const onDrained = () => {
      clearTimeout(limit);
      resolve(null);
    };
    const limit = setTimeout(() => {
      process.off("beforeExit", onDrained);
      resolve(without(process.getActiveResourcesInfo(), atStart));
    }, withinMs).unref();
    process.once("beforeExit", onDrained);
  });
}

/** `names` less each of `others` once. */
function without(names: readonly string[], others: readonly string[]): string[] {
  const left = [...names];
  for (const other of others) {
    if (left.includes(other)) left.splice(left.indexOf(other), 1);
  }
  return left;
}
