import type { Access, Span } from "./access.js";
import { asOne } from "./executions.js";

/** The stores by which the driver begins and ends a call where nobody supervises it. */
const CALL_BEGINS = " S 18000000000,4";
const CALL_ENDS = " S 18000000004,4";

/** `I  04001090,3`, ` L 1ffefffe38,8`, ` S …`, ` M …`; addresses are hexadecimal, sizes are not. */
const RECORD = /^(I | [LSM]) ([0-9a-f]+),(\d+)$/;

/**
 * Reads what `valgrind --tool=lackey --trace-mem=yes` logs: the accesses to `heap` between the
 * driver's marks. A modify (`M`) is a load, then a store.
 */
export class LackeyLog {
  /** The accesses of each call, in order. */
  readonly calls: Access[][] = [];
  #inCall = false;
  #rest = "";
  /** The instruction that runs, and what it accesses at each of its successive executions. */
  #ip = 0;
  #executions: Access[][] = [];

  constructor(readonly heap: Span) {}

  /** The next part of the log, cut anywhere. */
  push(chunk: string): void {
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (this.#inCall) this.#record(line);
    else if (line === CALL_BEGINS) {
      this.calls.push([]);
      this.#inCall = true;
    }
  }

  #record(line: string): void {
    const fields = RECORD.exec(line);
    if (!fields) throw new Error(`lackey logged '${line}'`);
    const [, kind, hex, digits] = fields as unknown as [string, string, string, string];
    const address = Number.parseInt(hex, 16);
    const size = Number(digits);
    if (kind === "I ") this.#instruction(address);
    else if (line === CALL_ENDS) {
      this.#instruction(0);
      this.#inCall = false;
    } else if (address < this.heap.start + this.heap.size && address + size > this.heap.start) {
      const execution = this.#executions.at(-1)!;
      if (kind !== " S") execution.push({ kind: "read", address, size, ip: this.#ip });
      if (kind !== " L") execution.push({ kind: "write", address, size, ip: this.#ip });
    }
  }

  #instruction(ip: number): void {
    if (ip !== this.#ip) {
      this.calls.at(-1)!.push(...asOne(this.#executions));
      this.#executions = [];
      this.#ip = ip;
    }
    this.#executions.push([]);
  }
}
