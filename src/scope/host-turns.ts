import { CallError } from "./call-error.js";
import { callErrors } from "./call-errors.js";
import { scopeErrors } from "./errors.js";
import type { HostKeeper, LiveHost } from "./host-keeper.js";
import { type EndReason, type Flight, InFlight, orAborted } from "./in-flight.js";
import type { ForeignRequest } from "./library.js";
import { Mutex } from "./mutex.js";

const DEFAULT_START_TIMEOUT_MS = 10_000;

/** Turns at a host that is kept: each has it for itself, and is ended early by killing it. */
export class HostTurns {
  readonly #turns = new Mutex();
  readonly #flights = new InFlight();
  #ended = false;

  /** `startTimeout`: of loading a library, in ms. */
  constructor(
    private readonly keeper: HostKeeper,
    private readonly startTimeout: number = DEFAULT_START_TIMEOUT_MS,
  ) {}

  /** Those that run or wait. */
  get underWay(): number {
    return this.#flights.size;
  }

  /**
   * Waits for a turn and for a host, and does `work` with it. Rejects with CANCELLED once `signal` is
   * aborted, and with SCOPE_CLOSED at `end`.
   */
  run<T>(
    name: string,
    signal: AbortSignal | undefined,
    work: (live: LiveHost) => Promise<T>,
  ): Promise<T> {
    return this.#flights.run(signal, async (flight) => {
      try {
        await this.#turns.take(flight.signal);
      } catch {
        throw endedEarly(name, flight, null);
      }
      try {
        return await this.#withHost(name, flight, work);
      } finally {
        this.#turns.end();
      }
    });
  }

  /** Loads a library into the host of a turn, unless it has it. */
  async load(
    { host, loaded }: LiveHost,
    { library, deep }: Pick<ForeignRequest, "library" | "deep">,
  ): Promise<void> {
    const key = `${deep}:${library}`;
    if (loaded.has(key)) return;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      host.kill();
    }, this.startTimeout);
    try {
      await host.load({ library, deep });
      loaded.add(key);
    } catch (error) {
      throw isLate ? scopeErrors.loadTimeout(library, this.startTimeout) : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends all that run or wait. */
  end(): void {
    this.#ended = true;
    this.#flights.end();
  }

  /** Resolves when none runs or waits. */
  over(): Promise<void> {
    return this.#flights.landed();
  }

  async #withHost<T>(
    name: string,
    flight: Flight,
    work: (live: LiveHost) => Promise<T>,
  ): Promise<T> {
    const { signal } = flight;
    let live: LiveHost;
    try {
      live = await orAborted(this.keeper.live(), signal);
    } catch (error) {
      throw signal.aborted ? endedEarly(name, flight, null) : error;
    }
    if (signal.aborted) throw endedEarly(name, flight, null);
    const kill = () => live.host.kill();
    signal.addEventListener("abort", kill, { once: true });
    try {
      return await work(live);
    } catch (error) {
      throw signal.aborted ? endedEarly(name, flight, error) : error;
    } finally {
      signal.removeEventListener("abort", kill);
      if (!live.host.alive && !this.#ended) void this.keeper.renew();
    }
  }
}

/** The error of what was ended early. What had come to another end before that has its own. */
function endedEarly(name: string, { signal }: Flight, error: unknown): unknown {
  const callError = error instanceof CallError ? error : null;
  if (callError && callError.code !== "CANCELLED") return callError;
  const call = callError?.call ?? null;
  const isClosed = signal.reason === ("closed" satisfies EndReason);
  return isClosed ? callErrors.closed("SCOPE", name, call) : callErrors.cancelled(name, call);
}
