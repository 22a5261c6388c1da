import type { HeapFacts } from "../machines/index.js";
import { Host, type HostOptions } from "./host.js";

/**
 * Keeps a host: once one has ended, the next is started. `takeOver` is called with the heap of each
 * that has come up, before anyone else uses it; the heap of the one before is closed after it.
 */
export class HostKeeper {
  #host: Host;
  #up: Promise<Host>;
  /** The last that came up: its heap is open until the next has taken it over. */
  #last: Host | null = null;
  #closed = false;
  #restarts = 0;

  constructor(
    readonly options: HostOptions,
    readonly takeOver: (heap: HeapFacts) => void,
  ) {
    this.#host = new Host(options);
    this.#up = this.#comeUp(this.#host);
  }

  /** Hosts started after the first. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Of the host that is there, or is coming up. */
  get pid(): number | null {
    return this.#host.pid;
  }

  /**
   * The host, once it is up; where it has ended, the next. Rejects where it did not come up, with the
   * reason; the next caller has another one started.
   */
  async live(): Promise<Host> {
    if (!this.#host.alive) await this.renew();
    return this.#up;
  }

  /** Starts the next, as soon as this one has ended. */
  async renew(): Promise<void> {
    const host = this.#host;
    await host.ended;
    if (this.#closed || host !== this.#host) return;
    this.#restarts++;
    this.#host = new Host(this.options);
    this.#up = this.#comeUp(this.#host);
  }

  /** Ends the host: what it was asked settles. */
  kill(): void {
    this.#host.kill();
  }

  /** Starts no more, and has this one end: by itself within `graceMs`, or killed. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    if (graceMs > 0 && this.#host === this.#last) this.#host.exit();
    else this.#host.kill();
    const timer = setTimeout(() => this.#host.kill(), graceMs);
    await this.#host.ended;
    clearTimeout(timer);
    this.#host.release();
    this.#last?.release();
  }

  #comeUp(host: Host): Promise<Host> {
    const up = host.ready.then((heap) => {
      this.takeOver(heap);
      this.#last?.release();
      this.#last = host;
      return host;
    });
    up.catch(() => {}); // whoever asks for the host hears of it
    return up;
  }
}
