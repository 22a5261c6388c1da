import { openSync, readSync } from "node:fs";
import { Socket } from "node:net";
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import {
  type ChildMessage,
  decodeChildMessage,
  encodeSupervisorMessage,
  FrameReader,
  frame,
  frameHeader,
  memEventsByteLength,
  memEventsChunks,
} from "../ipc/index.js";
import { type AccessBatch, FfiscopeError, type Pid, toHex } from "../model/index.js";
import { closeDescriptor, SIGKILL, signalPidfd } from "../native/index.js";
import type { TracerReport } from "../workers/messages.js";
import { armedRanges, mappingsOf } from "./armed-ranges.js";
import { killAtExit } from "./exit-hook.js";
import { Outgoing } from "./outgoing.js";
import type { SessionEvent } from "./session-events.js";
import type { TraceeCommand } from "./tracee-commands.js";
import type { RunningTracer } from "./tracer-pool.js";

/** Read at a time when the channel is read by ourselves, in bytes. */
const DRAIN_CHUNK = 65536;

/** Reports that the tracer waits for us to hear: what the child has sent until then is older. */
const AWAITED: ReadonlySet<TracerReport["type"]> = new Set([
  "ready",
  "callEnded",
  "unexpectedSignal",
  "exiting",
] as const);

/**
 * Both lines to a tracee, its tracer's port and its channel, as one stream of session events in the
 * order in which things happened. The tracer posts before it resumes the child, so whatever the port
 * holds is older than a frame: the port is drained before a frame or an end of file is handled. And
 * what the child sent before it stopped or died is older than what the tracer says of that: the
 * channel is drained before it.
 */
export class TraceeLink {
  readonly #port: MessagePort;
  readonly #frames = new FrameReader();
  #pid = 0 as Pid;
  #pidfd: number | null = null;
  readonly #unhook: () => void;
  #channelFd = -1;
  #socket: Socket | null = null;
  #outgoing: Outgoing | null = null;
  /** Bytes that the socket has handed over and that are not looked at yet. */
  #inHand: Uint8Array | null = null;
  /** The socket has ended, and that is not told of yet. */
  #endInHand = false;
  #refused = false;
  /** The end of file was told of, or is of no interest any more. */
  #ended = false;
  #seized = false;
  #killed = false;

  constructor(
    readonly tracer: RunningTracer,
    readonly emit: (event: SessionEvent) => void,
  ) {
    this.#port = tracer.port;
    this.#port.on("message", (report: TracerReport) => this.#report(report));
    this.#unhook = killAtExit(() => this.#exit());
  }

  /** Carries out what the session has decided. What cannot be done ends the session. */
  command(command: TraceeCommand): void {
    try {
      this.#carryOut(command);
    } catch (error) {
      if (!(error instanceof FfiscopeError)) throw error;
      const { code, shortMessage: message, remedy } = error;
      this.emit({ type: "tracee.failed", code, message, remedy });
    }
  }

  #carryOut(command: TraceeCommand): void {
    switch (command.type) {
      case "arm":
        // Before the Confirmation: when the tracer sees the SIGSTOP that follows, it finds this.
        this.#port.postMessage(command);
        return this.#send({ type: "Confirmation" });
      case "confirm":
        return this.#send({ type: "Confirmation" });
      case "heap": {
        const { fd, guarded, backdoor, size } = command.heap;
        const views = { guarded: Number(guarded), backdoor: Number(backdoor) };
        this.#port.postMessage({ type: "heap", fd, size, ...views });
        return this.#send({ type: "Confirmation" });
      }
      case "hello":
        if (command.marked) this.#port.postMessage({ type: "marked" });
        return this.#send({ type: "Hello", version: 1, features: command.features });
      case "call":
        return this.#call(command.call);
      case "exit":
        return this.#send({ type: "Exit" });
      case "deliver":
        return this.#deliver(command.batches);
      case "kill":
        return this.kill();
    }
  }

  /**
   * Ends the tracee. Its death is reported like any other. Not before the tracer has seized it: it
   * would wait for a stop that does not come.
   */
  kill(): void {
    this.#killed = true;
    if (this.#seized) this.#sendKill();
  }

  #sendKill(): void {
    if (this.#pidfd !== null) signalPidfd(this.#pidfd, SIGKILL);
  }

  /** Nobody listens any more: whatever is left ends. */
  close(): void {
    this.kill();
    this.#outgoing?.close();
    this.#refused = true;
  }

  /** The tracer's thread has ended without a word; its tracee went with it. */
  lost(message: string): void {
    this.#sendKill();
    this.#release();
    this.emit({ type: "tracee.failed", code: "TRACER_LOST", message, remedy: null });
  }

  /** Our process exits: what the tracer has started meanwhile is killed too. */
  #exit(): void {
    for (let next = receiveMessageOnPort(this.#port); next; ) {
      const report = next.message as TracerReport;
      if (report.type === "spawned") this.#pidfd = report.pidfd;
      next = receiveMessageOnPort(this.#port);
    }
    this.#sendKill();
  }

  #report(report: TracerReport): void {
    if (report.type === "spawned") this.#spawned(report);
    if (report.type === "seized") this.#seize();
    const gone = report.type === "exited" || report.type === "failed";
    const awaited = AWAITED.has(report.type);
    const late = report.type === "exiting" && report.gone === true; // the end of file came with it
    try {
      if (late && this.#ended) return; // it would be taken for one that came before the exit
      if (gone || (awaited && !late)) this.#drainChannel();
      if (gone) this.#release();
      if (report.type === "accesses") summarised(report.batch);
      this.emit({ ...report, type: `tracee.${report.type}` } as SessionEvent);
    } finally {
      if (awaited) this.tracer.heard();
    }
  }

  #spawned({ pid, pidfd, channel }: Extract<TracerReport, { type: "spawned" }>): void {
    this.#pid = pid as Pid;
    this.#pidfd = pidfd;
    this.#channelFd = channel;
    // Half open: a child that has no more to say may still have MemEvents to take.
    const options = { readable: true, writable: true, allowHalfOpen: true };
    this.#socket = new Socket({ fd: channel, ...options });
    this.#outgoing = new Outgoing(this.#socket);
    this.#socket.on("data", (chunk) => {
      this.#inHand = chunk;
      this.#drainPort();
      this.#takeInHand();
    });
    this.#socket.on("end", () => this.#noMore());
    // ECONNRESET: the child has closed its end and left bytes unread. "close" follows.
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => this.#noMore());
  }

  #seize(): void {
    this.#seized = true;
    if (this.#killed) this.#sendKill();
  }

  #drainPort(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#report(received.message as TracerReport);
    }
  }

  /** A death that the port has told of meanwhile has taken them already. */
  #takeInHand(): void {
    const chunk = this.#inHand;
    this.#inHand = null;
    if (chunk !== null) this.#bytes(chunk);
  }

  #noMore(): void {
    this.#endInHand = true;
    this.#drainPort();
    this.#endOfFile();
  }

  /** Reads what the channel still holds. */
  #drainChannel(): void {
    this.#takeInHand();
    const socket = this.#socket;
    if (socket === null) return;
    if (this.#endInHand || socket.destroyed) return this.#endOfFile();
    for (let buffered = socket.read(); buffered !== null; buffered = socket.read()) {
      this.#bytes(buffered);
    }
    const chunk = Buffer.alloc(DRAIN_CHUNK);
    for (;;) {
      try {
        const length = readSync(this.#channelFd, chunk, 0, DRAIN_CHUNK, null);
        if (length === 0) return this.#endOfFile();
        this.#bytes(Buffer.from(chunk.subarray(0, length)));
      } catch (error) {
        if (isOneOf(error, "EAGAIN")) return;
        // The child has closed its end and left bytes unread; what it sent is there all the same.
        if (!isOneOf(error, "ECONNRESET")) throw error;
      }
    }
  }

  #release(): void {
    this.#ended = true;
    this.#outgoing?.close();
    this.#unhook();
    if (this.#pidfd !== null) closeDescriptor(this.#pidfd);
    this.#pidfd = null;
  }

  #endOfFile(): void {
    if (this.#refused || this.#ended) return;
    this.#ended = true;
    this.emit({ type: "channel.eof", midFrame: this.#frames.midFrame });
  }

  /** After bytes that cannot be read nothing more is: where the next frame begins is not known. */
  #bytes(chunk: Uint8Array): void {
    if (this.#refused) return;
    try {
      for (const payload of this.#frames.push(chunk)) this.#message(decodeChildMessage(payload));
    } catch (error) {
      if (!(error instanceof FfiscopeError)) throw error;
      this.#refused = true;
      this.emit({ type: "frame.malformed", code: error.code, message: error.shortMessage });
    }
  }

  #message(message: ChildMessage): void {
    switch (message.type) {
      case "StartFfi":
        return this.emit({
          type: "frame.startFfi",
          ranges: armedRanges(this.#pid, message.pagePtrs),
        });
      case "OverrideRetcode":
        return this.emit({ type: "frame.overrideRetcode", code: message.code });
      case "Hello": {
        const { version, features } = message;
        return this.emit({ type: "frame.hello", version, features });
      }
      case "Heap": {
        const { guarded, backdoor } = message;
        const fd = openDescriptorOf(this.#pid, message.fd);
        if (fd === null) return;
        const views = { guarded: toHex(guarded), backdoor: toHex(backdoor) };
        return this.emit({
          type: "frame.heap",
          heap: { fd, size: Number(message.size), ...views },
        });
      }
      case "Returned": {
        const { call, result } = message;
        const value = result.kind === "void" ? null : result.value;
        return this.emit({ type: "frame.returned", call, result: exactly(value) });
      }
      case "Functions": {
        const functions = message.functions.map((named) => ({
          ...named,
          address: toHex(named.address),
          size: Number(named.size),
        }));
        return this.emit({ type: "frame.functions", functions });
      }
      case "Refused": {
        const { call, code, message: text } = message;
        return this.emit({ type: "frame.refused", call, code, message: text });
      }
    }
  }

  /** What cannot be encoded is not sent: the call is refused. */
  #call(call: Extract<TraceeCommand, { type: "call" }>["call"]): void {
    try {
      this.#send({ type: "Call", ...call });
    } catch (error) {
      if (!(error instanceof FfiscopeError)) throw error;
      const { code, shortMessage: message } = error;
      this.emit({ type: "frame.refused", call: call.call, code, message });
    }
  }

  #send(message: Parameters<typeof encodeSupervisorMessage>[0]): void {
    this.#outgoing?.send([frame(encodeSupervisorMessage(message))]);
  }

  /** The length is worked out first: events that no frame can hold are refused, not sent cut. */
  #deliver(batches: readonly AccessBatch[]): void {
    const header = frameHeader(memEventsByteLength(batches));
    const sent = () => this.emit({ type: "channel.delivered" });
    this.#outgoing?.send(memEventsFrame(header, batches), sent);
  }
}

function* memEventsFrame(
  header: Uint8Array,
  batches: readonly AccessBatch[],
): Generator<Uint8Array> {
  yield header;
  yield* memEventsChunks(batches);
}

/** BigInt breaks the inspector and persistence: an integer past 2^53 goes as a decimal string. */
function exactly(value: number | bigint | null): string | number | null {
  return typeof value === "bigint" ? value.toString() : value;
}

/** Inspectors and snapshots print events: a batch prints as its length. */
function summarised(batch: AccessBatch): void {
  Object.defineProperty(batch, "toJSON", { value: () => ({ length: batch.length }) });
}

/** The memory behind a heap, by its descriptor in the child; null where the child has died since. */
function openDescriptorOf(pid: Pid, fd: number): number | null {
  try {
    return openSync(`/proc/${pid}/fd/${fd}`, "r+");
  } catch (cause) {
    if (mappingsOf(pid).length === 0) return null;
    const message = `descriptor ${fd} of Heap cannot be opened`;
    throw new FfiscopeError({ code: "HEAP_REFUSED", message, cause });
  }
}

function isOneOf(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException).code ?? "");
}
