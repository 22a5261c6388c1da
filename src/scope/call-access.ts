import { Addressed } from "../model/index.js";
import type { JsonCrash, JsonEvent, JsonFinding } from "../report/index.js";

/** `J`, as JSON has it, with its addresses as BigInts; `JSON.stringify` makes `J` of it again. */
export type Told<J, Addresses extends keyof J> = Fields<J, Addresses> & { toJSON(): J };

type Fields<J, Addresses extends keyof J> = {
  readonly [K in keyof J]: K extends Addresses ? bigint | Extract<J[K], null> : J[K];
};

/** One access of a call, by the names that `ffiscope trace --json` gives it. */
export type CallAccess = Told<JsonEvent, "address" | "ip">;

/** Something that the call must not have done. */
export type CallFinding = Told<JsonFinding, "ip">;

/** Where the call crashed. */
export type CallCrash = Told<JsonCrash, "address" | "ip">;

/** An access. Assigned one by one: there are millions, and V8 makes such objects five times as fast. */
export class TracedAccess extends Addressed<JsonEvent> implements CallAccess {
  readonly kind: JsonEvent["kind"];
  readonly address: bigint;
  readonly size: number;
  readonly certain: boolean;
  readonly ip: bigint;
  readonly thread: number;
  readonly origin: JsonEvent["origin"];
  readonly buffer: string | null;
  readonly offset: number | null;
  readonly symbol: string | null;

  constructor(fields: Fields<JsonEvent, "address" | "ip">) {
    super();
    this.kind = fields.kind;
    this.address = fields.address;
    this.size = fields.size;
    this.certain = fields.certain;
    this.ip = fields.ip;
    this.thread = fields.thread;
    this.origin = fields.origin;
    this.buffer = fields.buffer;
    this.offset = fields.offset;
    this.symbol = fields.symbol;
  }
}

export function toldFinding(finding: JsonFinding): CallFinding {
  const fields = { ...finding, ip: BigInt(finding.ip) };
  return Object.assign(new Addressed<JsonFinding>(), fields);
}

export function toldCrash(crash: JsonCrash): CallCrash {
  const { address, ip } = crash;
  const fields = {
    ...crash,
    address: address === null ? null : BigInt(address),
    ip: ip === null ? null : BigInt(ip),
  };
  return Object.assign(new Addressed<JsonCrash>(), fields);
}
