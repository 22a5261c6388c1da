/** A task that waits for a host. */
export interface QueuedTask<H> {
  /** A host is there. */
  start(host: H): void;
  /** It will not be run. */
  refuse(error: Error): void;
}

/** Tasks in the order in which they were asked for, and those who wait until there is room for more. */
export class TaskQueue<H> {
  readonly #tasks: QueuedTask<H>[] = [];
  readonly #roomSought: (() => void)[] = [];

  /** `limit`: tasks that may wait. */
  constructor(readonly limit: number) {}

  get length(): number {
    return this.#tasks.length;
  }

  get isFull(): boolean {
    return this.#tasks.length >= this.limit;
  }

  push(task: QueuedTask<H>): void {
    this.#tasks.push(task);
  }

  /** The one that has waited longest. */
  shift(): QueuedTask<H> | undefined {
    const task = this.#tasks.shift();
    this.#tellOfRoom();
    return task;
  }

  remove(task: QueuedTask<H>): void {
    const at = this.#tasks.indexOf(task);
    if (at >= 0) this.#tasks.splice(at, 1);
    this.#tellOfRoom();
  }

  /** None of them will be run. */
  refuseAll(errorOf: () => Error): void {
    for (const task of this.#tasks.splice(0)) task.refuse(errorOf());
    for (const tell of this.#roomSought.splice(0)) tell();
  }

  /** Resolves when there is room, for one who asked after the other. */
  room(): Promise<void> {
    if (!this.isFull && this.#roomSought.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#roomSought.push(resolve));
  }

  #tellOfRoom(): void {
    if (!this.isFull) this.#roomSought.shift()?.();
  }
}
