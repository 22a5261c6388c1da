import { FfiscopeError } from "../model/index.js";
import { SIGSTOP, SIGUSR1 } from "../native/ptrace/signals.js";
import { raiseMarkedSignal } from "../native/raise.js";
import type { SupervisorChannel } from "./channel.js";
import { EventList } from "./event-list.js";
import type { EventMemory } from "./event-memory.js";
import type { ToldBuffers } from "./told-buffers.js";
import type { TracedFinding } from "./traced-finding.js";

/** What a traced function returned, and every access that it made to the traced heap, in order. */
export interface Traced<T> {
  readonly result: T;
  readonly events: EventList;
  /** What it must not have done to the tracee's allocations; empty where nobody traces. */
  readonly findings: readonly TracedFinding[];
}

/** How calls are made: one at a time, which is the caller's to see to. */
export interface Calls {
  /** Null where nobody traces them. */
  readonly channel: SupervisorChannel | null;
  /** Null where nobody judges them. */
  readonly buffers: ToldBuffers | null;
  trace<T>(call: () => T): Promise<Traced<T>>;
  overrideRetcode(code: number): Promise<void>;
}

/** Makes a call that the supervisor expects. */
export function runArmed<T>(call: () => T): { readonly result: T } | { readonly error: unknown } {
  let outcome: { readonly result: T } | { readonly error: unknown };
  raiseMarkedSignal(SIGSTOP);
  try {
    outcome = { result: call() };
  } catch (error) {
    outcome = { error };
  }
  raiseMarkedSignal(SIGUSR1);
  return outcome;
}

/** Calls that a supervisor traces, by the steps at the head of ipc/messages.ts. */
export class SupervisedCalls implements Calls {
  constructor(
    readonly channel: SupervisorChannel,
    /** Null where the supervisor does not know of it, or is not to use it. */
    private readonly memory: EventMemory | null,
    /** Null where the supervisor is not to judge the calls. */
    readonly buffers: ToldBuffers | null = null,
  ) {}

  async overrideRetcode(code: number): Promise<void> {
    await this.channel.ask("Confirmation", { type: "OverrideRetcode", code });
  }

  async trace<T>(call: () => T): Promise<Traced<T>> {
    this.memory?.offer();
    this.buffers?.tell();
    await this.channel.ask("Confirmation", { type: "StartFfi", pagePtrs: [], stackPtr: 0 });
    const outcome = runArmed(call);
    const events = await this.#events();
    const findings = this.buffers?.takeFindings() ?? [];
    if ("error" in outcome) throw outcome.error;
    return { result: settled(outcome.result), events, findings };
  }

  async #events(): Promise<EventList> {
    const answer = await this.channel.ask("events", null);
    if (answer.type === "MemEvents") return EventList.of(answer.events);
    if (this.memory === null) throw unexpectedMemory();
    return this.memory.take(answer.count);
  }
}

/** Calls that are made all the same where there is no supervisor: no event is ever recorded. */
export class UntracedCalls implements Calls {
  readonly channel = null;
  readonly buffers = null;

  async trace<T>(call: () => T): Promise<Traced<T>> {
    return { result: settled(call()), events: EventList.of([]), findings: [] };
  }

  async overrideRetcode(): Promise<void> {}
}

/** `result`, unless it is a promise. */
function settled<T>(result: T): T {
  if (typeof (result as { then?: unknown } | null)?.then !== "function") return result;
  throw new FfiscopeError({
    code: "TRACED_PROMISE",
    message: "the traced function returned a promise: what it does later is not traced",
    remedy: "Make the native calls in it synchronously, and await before and after",
  });
}

function unexpectedMemory(): FfiscopeError {
  return new FfiscopeError({
    code: "UNEXPECTED_ANSWER",
    message: "the supervisor sent SharedEvents, and was given no memory for them",
  });
}
