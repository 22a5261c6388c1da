import { checkOptions, DEFAULTS, FfiscopeError, type OptionSpec } from "../model/index.js";
import { flag, number } from "../model/options.js";
import { mapHeap } from "../native/memory/heap-mapping.js";
import { SIGSTOP } from "../native/ptrace/signals.js";
import { raiseSignal } from "../native/raise.js";
import { SupervisedCalls, UntracedCalls } from "./calls.js";
import { SupervisorChannel } from "./channel.js";
import { EventMemory } from "./event-memory.js";
import { takeLine } from "./supervisor-line.js";
import { ToldBuffers } from "./told-buffers.js";
import { Tracee } from "./tracee.js";

/** Enough for eight buffers of 1 GiB; past 1 GiB `backdoor - guarded` fits no 32-bit displacement. */
const MAX_HEAP_BYTES = 2 ** 34;
const MIN_HEAP_BYTES = 2 ** 16;

const EVENT_MEMORY = "event-memory";
/** Allocations are told of, and calls judged by them. */
const BUFFERS = "buffers";

/** The version of the extensions that this speaks. */
const VERSION = 1;

export interface AttachOptions {
  /** Of the traced heap, in bytes; rounded up to a power of two, up to 16 GiB. 256 MiB unless given. */
  readonly heapSize?: number;
  /** Take the events of calls that have many through shared memory; true unless given. */
  readonly eventMemory?: boolean;
  /**
   * Where there is no supervisor, give a tracee with which everything works and nothing is traced:
   * its `isTracing` is false, and its calls have no events.
   */
  readonly untracedOk?: boolean;
}

const OPTIONS: OptionSpec<AttachOptions> = {
  heapSize: number({ unit: "bytes" }),
  eventMemory: flag,
  untracedOk: flag,
};

let attached: Promise<Tracee> | null = null;
let untraced: Tracee | null = null;

/**
 * Attaches to the supervisor that started this process; later calls give the same tracee.
 * Throws FfiscopeError NOT_SUPERVISED when there is none (see {@link AttachOptions.untracedOk}),
 * LINE_REFUSED when what FFISCOPE_FD names is no line to one, LINE_TAKEN in a second thread of the
 * process, HEAP_SIZE, and INVALID_OPTION.
 *
 * ```ts
 * const tracee = await attach();
 * const text = tracee.alloc("hello");
 * const { result, events } = await tracee.traced(() => strlen(text.address));
 * ```
 */
export async function attach(
  options: AttachOptions = {},
  /** On top; of the built-in host, others. @internal */
  features: readonly string[] = [BUFFERS],
): Promise<Tracee> {
  checkOptions(options, OPTIONS, "attach");
  attached ??= shakeHands(options, features).catch((error: unknown) => {
    attached = null;
    if (!options.untracedOk || !isNotSupervised(error)) throw error;
    untraced ??= new Tracee(new UntracedCalls(), mapHeap(heapBytes(options)));
    return untraced;
  });
  return attached;
}

function isNotSupervised(error: unknown): boolean {
  return error instanceof FfiscopeError && error.code === "NOT_SUPERVISED";
}

async function shakeHands(options: AttachOptions, more: readonly string[]): Promise<Tracee> {
  const { eventMemory = true } = options;
  const size = heapBytes(options);
  const fd = takeLine();
  raiseSignal(SIGSTOP);
  const channel = new SupervisorChannel(fd);
  const { features } = await channel.ask("Hello", {
    type: "Hello",
    version: VERSION,
    features: ["marked-signals", "heap", ...(eventMemory ? [EVENT_MEMORY] : []), ...more],
  });
  const heap = mapHeap(size);
  await channel.ask("Confirmation", {
    type: "Heap",
    fd: heap.fd,
    guarded: heap.guarded,
    backdoor: heap.backdoor,
    size: heap.size,
  });
  const memory = eventMemory && features.includes(EVENT_MEMORY) ? new EventMemory(channel) : null;
  const told = more.includes(BUFFERS) && features.includes(BUFFERS);
  const buffers = told ? new ToldBuffers(channel) : null;
  return new Tracee(new SupervisedCalls(channel, memory, buffers), heap);
}

/** A power of two. */
function heapBytes({ heapSize: size = DEFAULTS.heapBytes }: AttachOptions): number {
  if (!(size > 0 && size <= MAX_HEAP_BYTES)) {
    throw new FfiscopeError({
      code: "HEAP_SIZE",
      message: `the traced heap cannot have ${size} bytes`,
      remedy: `Ask for 1 to ${MAX_HEAP_BYTES}`,
    });
  }
  return Math.max(MIN_HEAP_BYTES, 2 ** Math.ceil(Math.log2(size)));
}
