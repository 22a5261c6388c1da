import { SIGSEGV, SIGTRAP, type SignalNumber, SYNCHRONOUS_SIGNALS } from "./signals.js";

const SYNCHRONOUS: readonly SignalNumber[] = SYNCHRONOUS_SIGNALS;

/** sizeof(siginfo_t). */
export const SIGINFO_SIZE = 128;

const SEGV_MAPERR = 1; // asm-generic/siginfo.h
/** `si_code` at an exit stop: PTRACE_EVENT_EXIT (linux/ptrace.h) above SIGTRAP, see ptrace(2). */
const EXIT_STOP = (6 << 8) | SIGTRAP;

/** What a signal says of itself: siginfo_t of sigaction(2), kept whole so that it can be put back. */
export class SignalInfo {
  constructor(readonly bytes: Buffer) {}

  get signal(): SignalNumber {
    return this.bytes.readInt32LE(0);
  }

  get code(): number {
    return this.bytes.readInt32LE(8);
  }

  /** `si_pid`: the sender, for SI_USER, SI_TKILL and SI_QUEUE. */
  get sender(): number {
    return this.bytes.readInt32LE(16);
  }

  /** `si_value`, for SI_QUEUE. */
  get value(): bigint {
    return this.bytes.readBigUInt64LE(24);
  }

  /** `si_addr`, for faults. A non-canonical address is reported as 0 with SI_KERNEL. */
  get faultAddress(): number {
    return Number(this.bytes.readBigUInt64LE(16));
  }

  /** As {@link faultAddress}, with all 64 bits. */
  get wantedAddress(): bigint {
    return this.bytes.readBigUInt64LE(16);
  }

  /** The same fault at another address. */
  withAddress(address: number): SignalInfo {
    const bytes = Buffer.from(this.bytes);
    bytes.writeBigUInt64LE(BigInt(address), 16);
    return new SignalInfo(bytes);
  }

  /** An instruction has raised it, so it comes again when the instruction is repeated. */
  get isSynchronous(): boolean {
    return this.isFault && SYNCHRONOUS.includes(this.signal);
  }

  /** A memory fault where nothing is mapped. */
  get isUnmapped(): boolean {
    return this.signal === SIGSEGV && this.code === SEGV_MAPERR;
  }

  /** No signal's: the thread is at its exit stop. */
  get isOfExitStop(): boolean {
    return this.signal === SIGTRAP && this.code === EXIT_STOP;
  }

  /** Raised by the kernel, not sent by anyone. */
  get isFault(): boolean {
    return this.code > 0;
  }
}
