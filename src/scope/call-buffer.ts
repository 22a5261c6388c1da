import { inspect } from "node:util";
import { toHex } from "../model/index.js";
import { base64, type JsonBuffer } from "../report/index.js";
import type { GivenContent } from "./call-contents.js";
import type { ScopeBuffer } from "./scope-buffer.js";

/** A buffer as a call had it. In JSON it is one of `ffiscope trace --json`. */
export class CallBuffer {
  /** The parameter's, unless it was given one. */
  readonly name: string;
  /** 0-based position of the argument that leads to it; -1 where none does. */
  readonly arg: number;
  /** In the host that made the call. */
  readonly address: bigint;
  /** In bytes. */
  readonly size: number;
  /** It must not be written. */
  readonly const: boolean;
  /** What it held after the call, or at its crash, exit or timeout; null where no argument led to it. */
  readonly content: Uint8Array | null;
  readonly source: ScopeBuffer;

  constructor(given: GivenContent) {
    this.name = given.name;
    this.arg = given.arg;
    this.address = BigInt(given.address);
    this.size = given.size;
    this.const = given.const;
    this.content = given.content;
    this.source = given.source;
  }

  [inspect.custom](): string {
    const { name, arg, size, address } = this;
    const given = arg < 0 ? "" : `, argument ${arg}`;
    return `CallBuffer ${name} (${size} bytes at ${toHex(address)}${given}${this.const ? ", const" : ""})`;
  }

  toJSON(): Omit<JsonBuffer, "content"> & { readonly content: string | null } {
    const { name, arg, address, size, content } = this;
    const held = content && base64(content);
    return { name, arg, address: toHex(address), size, const: this.const, content: held };
  }
}
