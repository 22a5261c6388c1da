import { toHex } from "./address.js";

/** What is told of accesses: its addresses are BigInts, and hex strings in JSON. */
export class Addressed<J extends object> {
  toJSON(): J {
    const entries = Object.entries(this).map(([name, value]) => [
      name,
      typeof value === "bigint" ? toHex(value) : value,
    ]);
    return Object.fromEntries(entries);
  }
}
