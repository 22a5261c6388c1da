import type { SessionEvent } from "ffiscope/machines";

/** What of a session can be seen from outside. */
export interface Seen {
  /** Confirmations, in the order of the requests: of a StartFfi that was armed, or of an override. */
  readonly confirmed: readonly ("call" | "override")[];
  /** Calls whose MemEvents were sent. */
  readonly delivered: number;
  /** How each call that has begun came to its end. */
  readonly calls: readonly ("returned" | "crashed" | "exited" | "cancelled")[];
  /** The child was killed, or is about to be. */
  readonly killed: boolean;
  readonly over: boolean;
  /** Once it is over. */
  readonly retcode: number | null;
  /** What broke the protocol. */
  readonly violation: string | null;
}

type Phase =
  | "starting"
  | "idle"
  | "confirmed" // from the Confirmation to SIGSTOP
  | "calling" // from SIGSTOP to SIGUSR1
  | "sending" // MemEvents are on their way
  | "cut" // an end of file inside a call or a frame: waits for the exit that may come with it
  | "ending"
  | "over";

/**
 * The protocol of a plain client, as the project's design states it and nothing else: written without
 * a look at the session machine, and as plain as can be, so that the two can be held to each other.
 */
export class OrderOracle {
  #phase: Phase = "starting";
  /** How far it has come with its start: spawned, seized, stopped. */
  #started = 0;
  #confirmed: ("call" | "override")[] = [];
  #delivered = 0;
  #calls: Seen["calls"][number][] = [];
  /** In a call, whatever has happened to the line or the child since. */
  #isCalling = false;
  #override: number | null = null;
  #isExiting = false;
  /** It has become another program in its call, which does not speak the protocol. */
  #isAnother = false;
  #isClosed = false;
  #violation: string | null = null;
  #pendingViolation: string | null = null;
  #killed = false;
  #failed = false;
  #retcode: number | null = null;

  seen(): Seen {
    return {
      confirmed: [...this.#confirmed],
      delivered: this.#delivered,
      calls: [...this.#calls],
      killed: this.#killed,
      over: this.#phase === "over",
      retcode: this.#retcode,
      violation: this.#violation,
    };
  }

  /** Whether the tracer or the line can say `event` now: what cannot be is not a matter of order. */
  canBe(event: SessionEvent): boolean {
    switch (event.type) {
      case "tracee.spawned":
        return this.#started === 0 && this.#phase !== "over";
      case "tracee.seized":
        return this.#started === 1 && this.#phase !== "over";
      case "tracee.ready":
        return this.#started === 2 && !this.#isExiting && this.#phase !== "over";
      case "tracee.launching":
        return this.#started === 2 && !this.#isExiting && this.#phase !== "over";
      case "tracee.execed":
        return this.#started > 2 && !this.#isExiting && this.#phase !== "over";
      case "tracee.tracing":
        return this.#phase === "confirmed" && !this.#isExiting;
      case "tracee.callEnded":
        return this.#phase === "calling" && !this.#isExiting;
      case "channel.delivered":
        return this.#phase === "sending";
      case "frame.hello":
        // A plain client never speaks the extensions, and from idle on this would make it another.
        return this.#started > 1 && this.#phase !== "idle" && !this.#isClosed;
      case "tracee.unexpectedSignal":
        return this.#started > 1 && !this.#isExiting;
      case "tracee.exiting":
        return this.#started > 1 && !this.#isExiting;
      case "tracee.exited":
        return this.#started > 0;
      // Frames and the end of file: none before the program runs, which its launcher leaves to the
      // tracer that has seized it; and nothing after the end of file.
      default:
        return this.#started > 1 && !this.#isClosed;
    }
  }

  take(event: SessionEvent): void {
    if (this.#phase === "over") return;
    switch (event.type) {
      case "tracee.spawned":
      case "tracee.seized":
        this.#started++;
        return;
      case "tracee.ready":
        this.#started++;
        if (this.#phase === "starting") this.#phase = "idle";
        // A sign of life: the end of file has not come with the exit.
        else if (this.#phase === "cut") this.#breach(this.#pendingViolation!);
        return;
      case "tracee.launching":
        return; // that the program has started another has no place in the order
      case "tracee.execed":
        this.#exec();
        return;
      case "frame.startFfi":
        if (this.#phase === "idle") {
          this.#confirmed.push("call");
          this.#phase = "confirmed";
        } else this.#breach("StartFfi");
        return;
      case "frame.overrideRetcode":
        // "at any point of this, before, between or after", but not before the start-up SIGSTOP.
        if (this.#phase === "starting") this.#breach("OverrideRetcode");
        else if (this.#phase !== "ending") {
          this.#override = event.code;
          this.#confirmed.push("override");
        }
        return;
      case "tracee.tracing":
        this.#phase = "calling";
        this.#isCalling = true;
        return;
      case "tracee.callEnded":
        this.#calls.push("returned");
        this.#isCalling = false;
        this.#delivered++;
        this.#phase = "sending";
        return;
      case "channel.delivered":
        this.#phase = "idle";
        return;
      case "tracee.unexpectedSignal":
        this.#breach(event.signal);
        return;
      case "frame.malformed":
        this.#breach("a frame that cannot be read");
        return;
      case "channel.eof":
        this.#endOfFile(event.midFrame);
        return;
      case "tracee.exiting":
        this.#isExiting = true;
        // The exit did not come with the end of file: that came before, from a child still running.
        if (this.#phase === "cut") this.#breach(this.#pendingViolation!);
        return;
      case "tracee.exited":
        this.#exit(event.code);
        return;
      default:
        this.#breach(`the extension ${event.type.slice("frame.".length)}`);
    }
  }

  /** The moment that an end of file waits for its exit is over. */
  graceIsOver(): void {
    if (this.#phase === "cut") this.#breach(this.#pendingViolation!);
  }

  get isWaitingForExit(): boolean {
    return this.#phase === "cut";
  }

  /** "After its own execve the child stays attached", and its line may be closed on the way. */
  #exec(): void {
    if (!this.#isCalling || (this.#phase !== "calling" && this.#phase !== "cut")) return;
    this.#isAnother = true;
    this.#phase = "calling";
  }

  #endOfFile(midFrame: boolean): void {
    this.#isClosed = true;
    if (this.#phase === "ending" || this.#phase === "cut") return;
    // "A frame that was begun and not finished is a violation whatever comes with it."
    if (midFrame) return this.#breach("end of file inside a frame");
    if (this.#isExiting || this.#isAnother) return;
    if (this.#phase !== "confirmed" && this.#phase !== "calling") return;
    this.#pendingViolation = "end of file";
    this.#phase = "cut";
  }

  #breach(came: string): void {
    if (this.#phase === "ending") return;
    this.#violation = this.#phase === "cut" ? this.#pendingViolation : came;
    this.#failed = true;
    this.#killed = true;
    this.#phase = "ending";
  }

  #exit(code: number | null): void {
    if (this.#isCalling) {
      this.#calls.push(this.#failed ? "cancelled" : code === null ? "crashed" : "exited");
    }
    this.#retcode = this.#failed ? 1 : (this.#override ?? code ?? 1);
    this.#phase = "over";
  }
}
