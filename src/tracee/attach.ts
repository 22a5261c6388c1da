import { FfiscopeError } from "../model/index.js";
import { mapHeap, raiseSignal, SIGSTOP, setCloseOnExec } from "../native/index.js";
import { SupervisorChannel } from "./channel.js";
import { Tracee } from "./tracee.js";

/** Of the traced heap, unless told otherwise. Only what is used takes memory. */
export const DEFAULT_HEAP_BYTES = 256 * 1024 * 1024;

/** Enough for eight buffers of 1 GiB; past 1 GiB `backdoor - guarded` fits no 32-bit displacement. */
const MAX_HEAP_BYTES = 2 ** 34;
const MIN_HEAP_BYTES = 2 ** 16;

/** The version of the extensions that this speaks. */
const VERSION = 1;

export interface AttachOptions {
  /** Of the traced heap, in bytes; rounded up to a power of two, up to 16 GiB. */
  readonly heapSize?: number;
}

let attached: Promise<Tracee> | null = null;

/** The process runs under `ffiscope run`, or another supervisor that speaks the protocol. */
export function isSupervised(): boolean {
  return process.env.FFISCOPE_FD !== undefined;
}

/**
 * Attaches to the supervisor that started this process; later calls give the same tracee.
 * Throws FfiscopeError NOT_SUPERVISED when there is none.
 */
export function attach(options: AttachOptions = {}): Promise<Tracee> {
  attached ??= shakeHands(options);
  return attached;
}

async function shakeHands({ heapSize = DEFAULT_HEAP_BYTES }: AttachOptions): Promise<Tracee> {
  const fd = Number(process.env.FFISCOPE_FD ?? Number.NaN);
  if (!Number.isInteger(fd)) {
    throw new FfiscopeError({
      code: "NOT_SUPERVISED",
      message: "this process is not supervised by ffiscope: FFISCOPE_FD is not set",
      remedy: "Start it with 'ffiscope run -- node app.mjs', or ask isSupervised() first",
    });
  }
  setCloseOnExec(fd); // programs that this one starts would hold the line open
  raiseSignal(SIGSTOP);
  const channel = new SupervisorChannel(fd);
  await channel.ask("Hello", {
    type: "Hello",
    version: VERSION,
    features: ["marked-signals", "heap"],
  });
  const heap = mapHeap(powerOfTwo(heapSize));
  await channel.ask("Confirmation", {
    type: "Heap",
    fd: heap.fd,
    guarded: heap.guarded,
    backdoor: heap.backdoor,
    size: heap.size,
  });
  return new Tracee(channel, heap);
}

function powerOfTwo(size: number): number {
  if (!(size > 0 && size <= MAX_HEAP_BYTES)) {
    throw new FfiscopeError({
      code: "HEAP_SIZE",
      message: `the traced heap cannot have ${size} bytes`,
      remedy: `Ask for 1 to ${MAX_HEAP_BYTES}`,
    });
  }
  return Math.max(MIN_HEAP_BYTES, 2 ** Math.ceil(Math.log2(size)));
}
