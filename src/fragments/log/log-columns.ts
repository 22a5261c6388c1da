import type { AccessColumns } from "../../model/event-buffer.js";
import type { Tid } from "../../model/index.js";
import type { TemplateColumns } from "../cache/template.js";
import type { WatchedRange } from "./watched-range.js";

const HIGH = 2 ** 32;
/** Records hold the lower 48 bits of a sum: adding an offset carries into no other bits. */
export const WRAPS_AT = 2 ** 48;
/** Of the upper word of a record: the address's bits. The rest names the block, in its first record. */
const ADDRESS_BITS = 0xffff;

/** With fewer executions, reading by columns costs more than it saves. */
const MANY = 6;

/** Records of executions of one block, and where its accesses are to lie. */
export interface Executions {
  readonly template: TemplateColumns;
  /** Two a record. */
  readonly words: Uint32Array;
  /** Records an execution. */
  readonly records: number;
  readonly thread: Tid;
  readonly watched: WatchedRange;
}

/** What a record of the log has for an address. `words`: two a record. */
export function addressAt(words: Uint32Array, record: number): number {
  return words[2 * record]! + (words[2 * record + 1]! & ADDRESS_BITS) * HIGH;
}

/**
 * Writes the accesses of `count` executions, one after the other, from row `row` on. Their records begin
 * with number `first`. Throws for an access that is not to watched memory.
 */
export function putExecutions(
  to: AccessColumns,
  row: number,
  count: number,
  of: Executions,
  first: number,
): void {
  const { template, records, thread } = of;
  const { length } = template;
  if (count < MANY) {
    for (let i = 0; i < count; i++) putOne(to, row + i * length, of, first + i * records);
    return;
  }
  const end = row + count * length;
  for (let i = 0; i < length; i++) {
    to.size[row + i] = template.size[i]!;
    to.ip[row + i] = template.ip[i]!;
    to.flags[row + i] = template.flags[i]!;
    putAddresses(to.address, row + i, end, of, i, first);
  }
  repeat(to.size, row, length, end);
  repeat(to.ip, row, length, end);
  repeat(to.flags, row, length, end);
  to.thread.fill(thread, row, end);
}

function putOne(
  to: AccessColumns,
  row: number,
  { template, words, thread, watched }: Executions,
  first: number,
): void {
  const { length, record, offset, size, ip, flags } = template;
  for (let i = 0; i < length; i++) {
    const logged = record[i]! < 0 ? 0 : addressAt(words, first + record[i]!);
    const sum = offset[i]! + logged;
    const address = sum >= WRAPS_AT ? sum - WRAPS_AT : sum; // a negative register
    watched.require(address, size[i]!, ip[i]!, template.block);
    to.address[row + i] = address;
    to.size[row + i] = size[i]!;
    to.ip[row + i] = ip[i]!;
    to.thread[row + i] = thread;
    to.flags[row + i] = flags[i]!;
  }
}

/** Those of access number `access`, in every row of its own up to `end`. */
function putAddresses(
  to: Float64Array,
  row: number,
  end: number,
  { template, words, records, watched }: Executions,
  access: number,
  first: number,
): void {
  const step = template.length;
  const record = template.record[access]!;
  const offset = template.offset[access]!;
  const size = template.size[access]!;
  const require = (address: number) =>
    watched.require(address, size, template.ip[access]!, template.block);
  if (record < 0) {
    require(offset);
    for (let at = row; at < end; at += step) to[at] = offset;
    return;
  }
  let low = watched.start;
  let high = watched.end - size;
  for (let at = row, place = first + record; at < end; at += step, place += records) {
    const sum = offset + addressAt(words, place);
    const address = sum >= WRAPS_AT ? sum - WRAPS_AT : sum;
    if (address < low || address > high) {
      require(address);
      low = watched.start;
      high = watched.end - size;
    }
    to[at] = address;
  }
}

/** Repeats the first `period` of the rows from `row` to `end`. */
function repeat(column: Float64Array | Uint8Array, row: number, period: number, end: number): void {
  if (period === 1) {
    column.fill(column[row]!, row, end);
    return;
  }
  for (let done = row + period; done < end; ) {
    const more = Math.min(done - row, end - done);
    column.copyWithin(done, row, row + more);
    done += more;
  }
}
