import { encodeSupervisorMessage, frame, type SupervisorMessage } from "../../ipc/index.js";
import { FfiscopeError, type Pid, type Steps } from "../../model/index.js";
import { SystemError } from "../../native/libc.js";
import { TraceeUnreadable } from "../../native/proc-file.js";
import type { CallDelivery } from "../delivery/call-delivery.js";
import type { NamedCode, SessionEvent } from "../session/session-events.js";
import { DescriptorKept } from "./child-descriptor.js";
import { ChildEvents } from "./child-events.js";
import { ChildLine } from "./child-line.js";
import type { ChildHeaps } from "./child-memory.js";
import type { SessionWork } from "./session-work.js";

const CONFIRMATION = frame(encodeSupervisorMessage({ type: "Confirmation" }));

/** A shorter payload is looked at before anything else is read, in bytes. */
const SHORT = 16 * 1024;

/** A longer one is nobody else's memory: it has come in parts (see FrameReader). In bytes. */
const LONG = 64 * 1024;

/** What a talk with a child needs of whoever has it. */
export interface Listener {
  readonly emit: (event: SessionEvent) => void;
  /** The child has sent something: what the tracer has said before that is to be heard first. */
  readonly coming: () => void;
  /** The child has named code of its own. */
  readonly named: (functions: readonly NamedCode[]) => void;
  /** The line cannot be read or written: an error of ours, not the child's. */
  readonly failed: (error: unknown) => void;
}

/** What is said to a child, and what of its answers is an event of the session. */
export class ChildTalk {
  #line: ChildLine | null = null;
  #child: ChildEvents | null = null;
  /** What the child has sent cannot be read, or not be served: nothing that it says is heard. */
  #isRefused = false;

  constructor(
    private readonly work: SessionWork,
    private readonly delivery: CallDelivery,
    private readonly heaps: ChildHeaps,
    private readonly listener: Listener,
  ) {}

  /** Null before there is a child. */
  get line(): ChildLine | null {
    return this.#line;
  }

  begin(pid: Pid, pidfd: number, channel: number): void {
    const { coming, failed } = this.listener;
    this.speaks(pid, pidfd);
    this.#line = new ChildLine(channel, {
      coming,
      failed,
      payload: (payload) => this.#came(payload),
      malformed: (error) => this.work.do(() => this.#refuse(error)),
      end: (midFrame) => this.work.do(() => this.#emit({ type: "channel.eof", midFrame })),
    });
  }

  /** Who is at the other end. */
  speaks(pid: Pid, pidfd: number): void {
    this.#child = new ChildEvents(pid, pidfd, this.delivery, this.heaps);
  }

  /** The child is at its start-up SIGSTOP, and does not go on before this is heard. */
  started(): void {
    this.#child?.started();
  }

  confirm(): void {
    this.#line?.sendAlike(CONFIRMATION);
  }

  send(message: SupervisorMessage): void {
    this.#line?.send([frame(encodeSupervisorMessage(message))]);
  }

  /** What is no call, or cannot be encoded, is not sent: it is refused. */
  ask(call: number, request: () => SupervisorMessage): void {
    try {
      this.send(request());
    } catch (error) {
      if (!(error instanceof FfiscopeError)) throw error;
      const { code, message } = error;
      this.listener.emit({ type: "frame.refused", call, code, message });
    }
  }

  /** Nothing more that the child says is heard. */
  deafen(): void {
    this.#isRefused = true;
    this.#line?.refuse();
  }

  close(): void {
    this.#isRefused = true;
    this.#line?.close();
  }

  /** `payload` is good until this returns. */
  #came(payload: Uint8Array): void {
    if (this.#isRefused) return;
    const isGood = payload.length > LONG || (payload.length < SHORT && this.work.isFree);
    const kept = isGood ? payload : Buffer.from(payload);
    this.work.do(() => this.#message(kept));
  }

  *#message(payload: Uint8Array): Steps<void> {
    if (this.#isRefused) return;
    try {
      const event = yield* this.#child!.read(payload);
      if (event?.type === "frame.functions") this.listener.named(event.functions);
      if (event !== null) this.#emit(event);
    } catch (error) {
      if (!isChildsFault(error)) throw error;
      this.#refuse(error);
    }
  }

  /** Bytes that cannot be read, or that ask for what cannot be. */
  #refuse({ code, shortMessage: message }: FfiscopeError): void {
    this.#emit({ type: "frame.malformed", code, message });
    this.deafen();
  }

  #emit(event: SessionEvent): void {
    if (!this.#isRefused) this.listener.emit(event);
  }
}

/** The child has asked for what is wrong or not there; else something is wrong with us or the machine. */
function isChildsFault(error: unknown): error is FfiscopeError {
  const ours = [SystemError, TraceeUnreadable, DescriptorKept];
  return error instanceof FfiscopeError && !ours.some((kind) => error instanceof kind);
}
