import type { ToldFinding } from "../ipc/index.js";
import { Addressed } from "../model/index.js";

/** Something that a traced call must not have done, by the names that `ffiscope trace --json` has. */
export class TracedFinding extends Addressed<object> {
  /** `out-of-bounds-write` and so on. */
  readonly kind: string;
  /** The nearest allocation's name. */
  readonly buffer: string;
  /** Of the first offending byte, from its start; negative before it. */
  readonly offset: number;
  /** Offending bytes. */
  readonly size: number;
  /** Accesses that it stands for. */
  readonly count: number;
  /** The instruction. A hex string in JSON. */
  readonly ip: bigint;
  /** `FILE!FUNCTION+0xOFFSET`, or null. */
  readonly symbol: string | null;
  /** One sentence. */
  readonly message: string;

  constructor(told: ToldFinding) {
    super();
    this.kind = told.kind;
    this.buffer = told.buffer;
    this.offset = told.offset;
    this.size = told.size;
    this.count = told.count;
    this.ip = BigInt(told.ip);
    this.symbol = told.symbol || null;
    this.message = told.message;
  }
}
