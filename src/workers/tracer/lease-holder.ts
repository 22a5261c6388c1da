import {
  handedPages,
  type PageRequest,
  parsePageRequest,
  parseRangeRequest,
} from "../../guard/handed-pages.js";
import {
  type ChildMessage,
  decodeChildMessage,
  encodeSupervisorMessage,
  frame,
  type LeaseTerms,
  type LineLease,
  MemEventsWriter,
  wholeFrame,
} from "../../ipc/index.js";
import { type AccessBatch, FfiscopeError, type Pid, type Tid } from "../../model/index.js";
import { yieldCpu } from "../../native/affinity.js";
import { peekNow, receiveNow, sendNow } from "../../native/files.js";
import { SystemError } from "../../native/libc.js";
import { type MappingQuery, openMappingQuery } from "../../native/memory/map-query.js";
import type { StopReason } from "../../native/ptrace/stop.js";
import type { StopQueue } from "../../native/ptrace/stops.js";
import type { ArmedRange, TracerCommand } from "./messages.js";
import type { SharedCpu } from "./shared-cpu.js";
import type { TracerPort } from "./tracer-port.js";

/** With nothing to do for so long the lease is returned, in ms. */
const PATIENCE_MS = 0.25;

/** A call that takes longer is left to the session, in ms: the child may have other things to say. */
const LONGEST_CALL_MS = 2;

/** What the session may take to lease the line, once a call is over, in ms. */
const GRANT_MS = 1;

/** Calls that the session has not heard of, at most. */
const MAX_AHEAD = 256;

/** A longer frame is left to the session, in bytes. */
const LONGEST_FRAME = 64 * 1024;

/**
 * MemEvents that are sent from here, in bytes: what the kernel takes as a whole or not at all, however
 * small the buffers of its sockets are made (half of SOCK_MIN_SNDBUF; unix_stream_sendmsg).
 */
const LONGEST_EVENTS = 2048;

const CONFIRMATION = frame(encodeSupervisorMessage({ type: "Confirmation" }));

const NO_EVENTS = frame(encodeSupervisorMessage({ type: "MemEvents", events: [] }));

type Arm = Extract<TracerCommand, { type: "arm" }>;

/** A child, and the line to it. */
interface ChildLine {
  /** The child, whose pages are handed over. */
  readonly pid: Pid;
  /** Of our end of its socket; the session's too. */
  readonly fd: number;
  /** Who may read and write it. */
  readonly lease: LineLease;
}

/**
 * The child's line while the session leases it: what the tracer does with it, see {@link LineLease}.
 * Meanwhile it looks after the line and the tracee's stops in turn.
 */
export class LeaseHolder {
  readonly #frame = Buffer.allocUnsafeSlow(LONGEST_FRAME);
  #terms: LeaseTerms | null = null;
  #query: MappingQuery | null = null;
  /** What the call that runs under the lease has done; null between calls, and where it is too much. */
  #events: MemEventsWriter | null = null;
  /** A call is armed or running. */
  #isInCall = false;
  /** When the lease ends unless something is done under it, whatever else happens. In ms. */
  #until = 0;
  #served = 0;
  /** The thread that makes the calls, as far as we know. */
  #caller = 0 as Tid;
  /** The StartFfi that came last, for nearly all that come are the same. */
  #last: { readonly payload: Uint8Array; readonly asked: PageRequest } | null = null;
  /** What the session was told last that was handed over. */
  #ranges: readonly ArmedRange[] = [];

  /** `arm`: what a command of the session does. */
  constructor(
    readonly line: ChildLine,
    readonly port: TracerPort,
    readonly stops: StopQueue,
    readonly cpu: SharedCpu,
    readonly arm: (command: Arm) => void,
  ) {}

  /** A call ends that brings a lease, and the session is about to hear of it. */
  wantLease(): void {
    this.line.lease.want();
  }

  /** That call is over; its thread runs. */
  awaitLease(tid: Tid): void {
    this.#terms = this.line.lease.awaitGrant(GRANT_MS);
    if (!this.#terms) return;
    this.#query = openMappingQuery(this.line.pid);
    this.#caller = tid;
    this.#until = performance.now() + PATIENCE_MS;
  }

  /** The next stop; null once there is no lease, and where none comes soon: it is returned then. */
  next(): StopReason | null {
    if (!this.line.lease.isHeld) return null;
    while (this.#terms) {
      const stop = this.stops.poll();
      if (performance.now() > this.#until) this.giveBack();
      if (stop !== null) return stop;
      if (!this.#isInCall && this.line.lease.use(() => this.#answer(), "leave") === "leave") {
        this.giveBack();
      }
      yieldCpu();
    }
    return null;
  }

  /** `tid` runs the call that was begun: what was guarded for it has taken its time. */
  running(tid: Tid): void {
    if (!this.#isInCall) return;
    this.#until = performance.now() + LONGEST_CALL_MS;
    if (tid === this.#caller) return;
    this.#caller = tid;
    if (this.cpu.isShared) this.cpu.share(tid);
  }

  /** Accesses of the call that runs, before they are handed on. */
  record(batch: AccessBatch): void {
    this.#events?.add(batch);
    if (this.#events && this.#events.byteLength > LONGEST_EVENTS) this.#events = null;
  }

  /** The child has sent nothing that the session has not read, and its end is open. */
  isSilent(): boolean {
    return this.#peek() === null;
  }

  /** Sends the events of the call that ends. False where that is the session's to do. */
  deliver(): boolean {
    const events = this.#events;
    this.#events = null;
    this.#isInCall = false;
    if (!events) return false;
    const bytes = events.count === 0 ? NO_EVENTS : Buffer.concat([events.head(), events.rest()]);
    // What the child has sent in its call is the session's to judge, before that has ended.
    const send = () => this.#peek() === null && this.#send(bytes);
    if (!this.line.lease.use(send, false)) return false;
    this.#served++;
    this.#until = performance.now() + PATIENCE_MS;
    return true;
  }

  /** The session reads and writes the line again. */
  giveBack(): void {
    if (!this.#terms) return;
    this.#terms = null;
    this.#events = null;
    this.#isInCall = false;
    this.cpu.leave();
    this.#query?.close();
    this.#query = null;
    this.port.uncork();
    if (this.line.lease.giveBack()) this.port.post({ type: "lineReturned" });
  }

  /** `leave`: it is the session's to read. */
  #answer(): "nothing" | "answered" | "leave" {
    const length = this.#peek();
    if (length === null) return "nothing";
    const came = wholeFrame(this.#frame.subarray(0, length), LONGEST_FRAME);
    if (came === "incomplete") return "nothing";
    const ranges = came && this.#rangesIn(came.payload);
    if (!ranges) return "leave";
    if (this.line.lease.isAhead(this.#served, MAX_AHEAD)) {
      this.port.uncork();
      this.line.lease.awaitFollowed(this.#served, MAX_AHEAD);
    }
    receiveNow(this.line.fd, this.#frame.subarray(0, came.length));
    return this.#begin(ranges);
  }

  /** How many bytes are on the line, up to those of a frame; null for none, 0 where it is at its end. */
  #peek(): number | null {
    return orBroken(() => peekNow(this.line.fd, this.#frame), 0);
  }

  #send(bytes: Uint8Array): boolean {
    return orBroken(() => sendNow(this.line.fd, bytes) > 0, false);
  }

  /** What a StartFfi hands over; null where the payload is none, or one that is not right. */
  #rangesIn(payload: Uint8Array): readonly ArmedRange[] | null {
    try {
      const asked = this.#askedIn(payload);
      return asked && handedPages(this.line.pid, asked, this.#query);
    } catch (error) {
      if (error instanceof FfiscopeError) return null;
      throw error;
    }
  }

  #askedIn(payload: Uint8Array): PageRequest | null {
    if (this.#last && Buffer.compare(payload, this.#last.payload) === 0) return this.#last.asked;
    const asked = this.#asked(decodeChildMessage(payload));
    this.#last = asked && { payload: Buffer.from(payload), asked };
    return asked;
  }

  #asked(message: ChildMessage): PageRequest | null {
    if (message.type === "StartFfi") return parsePageRequest(message.pagePtrs);
    if (message.type !== "StartRanges" || !this.#terms!.extensions) return null;
    return parseRangeRequest(message.ranges);
  }

  #begin(ranges: readonly ArmedRange[]): "answered" | "leave" {
    const { call, extensions } = this.#terms!;
    this.#terms = { call: call + 1, extensions };
    const isAsBefore = areSame(ranges, this.#ranges);
    if (!isAsBefore) this.#ranges = ranges;
    if (ranges.length > 0) this.cpu.share(this.#caller); // else nobody looks at its syscalls
    const confirmed = this.#send(CONFIRMATION);
    const terms = { asked: false, loaded: true, thenLease: true };
    this.arm({ type: "arm", call, ranges: this.#ranges, ...terms });
    this.#events = new MemEventsWriter(() => {});
    this.#isInCall = true;
    this.#until = performance.now() + LONGEST_CALL_MS;
    const { message } = this.#last!.asked;
    this.port.cork();
    this.port.post({ type: "begun", message, call, ranges: isAsBefore ? null : ranges, confirmed });
    return confirmed ? "answered" : "leave";
  }
}

/** A child that has closed its end: what that means is the session's to say. */
function orBroken<T>(use: () => T, broken: T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof SystemError) return broken;
    throw error;
  }
}

function areSame(a: readonly ArmedRange[], b: readonly ArmedRange[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ start, end, protection }, i) => {
      const other = b[i]!;
      return start === other.start && end === other.end && protection === other.protection;
    })
  );
}
