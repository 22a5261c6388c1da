/** Work that may be interrupted wherever it yields, so that a thread with others to serve can. */
export type Steps<T> = Generator<void, T, void>;

/** Does it all at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
