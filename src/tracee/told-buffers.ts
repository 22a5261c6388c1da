import type { NamedBuffer } from "../ipc/index.js";
import type { Request, SupervisorChannel } from "./channel.js";
import { functionsOfLibc } from "./libc-functions.js";
import { TracedFinding } from "./traced-finding.js";

/** Of one message (message-schemas.ts). */
const MAX_BUFFERS = 4096;

/** Tells the supervisor of allocations, by which it judges calls; and hears what it has found. */
export class ToldBuffers {
  #added = new Map<number, NamedBuffer>();
  #freed: number[] = [];
  #findings: TracedFinding[] = [];

  constructor(private readonly channel: SupervisorChannel) {
    channel.listen((request) => this.#requested(request));
  }

  added(buffer: NamedBuffer): void {
    this.#added.set(Number(buffer.address), buffer);
  }

  freed(address: number): void {
    if (!this.#added.delete(address)) this.#freed.push(address);
  }

  /** Before a call: what has changed since the last. */
  tell(): void {
    const added = [...this.#added.values()];
    const freed = this.#freed;
    this.#added = new Map();
    this.#freed = [];
    while (added.length > 0 || freed.length > 0) {
      // What is freed goes first: its place may be another's by now.
      const gone = freed.splice(0, MAX_BUFFERS);
      const come = freed.length > 0 ? [] : added.splice(0, MAX_BUFFERS);
      this.channel.post({ type: "Buffers", added: come, freed: gone });
    }
  }

  /** Of the call whose events have come. */
  takeFindings(): TracedFinding[] {
    return this.#findings.splice(0);
  }

  #requested(request: Request): void {
    if (request.type === "Findings") {
      this.#findings = request.findings.map((finding) => new TracedFinding(finding));
    }
    if (request.type === "Resolve") {
      this.channel.post({ type: "Functions", functions: functionsOfLibc(request.names) });
    }
  }
}
