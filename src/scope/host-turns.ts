import { CallError, callErrors } from "./call-error.js";
import type { Host } from "./host.js";
import type { HostKeeper } from "./host-keeper.js";
import { type EndReason, type Flight, InFlight, orAborted } from "./in-flight.js";
import { Mutex } from "./mutex.js";

/** Gives callers turns at the kept host. A turn has the host for itself; to end it early kills the host. */
export class HostTurns {
  readonly #turns = new Mutex();
  readonly #flights = new InFlight();
  #ended = false;

  constructor(private readonly keeper: HostKeeper) {}

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
    work: (host: Host) => Promise<T>,
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

  /** Ends all that run or wait. */
  end(): void {
    this.#ended = true;
    this.#flights.end();
  }

  /** Resolves when none runs or waits. */
  over(): Promise<void> {
    return this.#flights.landed();
  }

  async #withHost<T>(name: string, flight: Flight, work: (host: Host) => Promise<T>): Promise<T> {
    const { signal } = flight;
    let host: Host;
    try {
      host = await orAborted(this.keeper.live(), signal);
    } catch (error) {
      throw signal.aborted ? endedEarly(name, flight, null) : error;
    }
    if (signal.aborted) throw endedEarly(name, flight, null);
    const kill = () => host.kill();
    signal.addEventListener("abort", kill, { once: true });
    try {
      return await work(host);
    } catch (error) {
      throw signal.aborted ? endedEarly(name, flight, error) : error;
    } finally {
      signal.removeEventListener("abort", kill);
      if (!host.alive && !this.#ended) void this.keeper.renew();
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
