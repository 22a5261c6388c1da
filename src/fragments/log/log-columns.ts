import type { AccessColumns } from "../../model/event-buffer.js";
import type { Tid } from "../../model/index.js";
import type { TemplateColumns } from "../cache/template.js";

const HIGH = 2 ** 32;
/** Records hold the lower 48 bits of a sum: adding an offset carries into no other bits. */
export const WRAPS_AT = 2 ** 48;
/** Of the upper word of a record: the address's bits. The rest names the block, in its first record. */
const ADDRESS_BITS = 0xffff;

/** With fewer executions, reading by columns costs more than it saves. */
const MANY = 6;

/** What a record of the log has for an address. `words`: two a record. */
export function addressAt(words: Uint32Array, record: number): number {
  return words[2 * record]! + (words[2 * record + 1]! & ADDRESS_BITS) * HIGH;
}

/**
 * Writes the accesses of `count` executions of a block, one after the other, from row `row` on. Their
 * records, `records` an execution, begin with number `first`.
 */
export function putExecutions(
  to: AccessColumns,
  row: number,
  count: number,
  template: TemplateColumns,
  words: Uint32Array,
  first: number,
  records: number,
  thread: Tid,
): void {
  if (count < MANY) {
    for (let i = 0; i < count; i++) {
      putOne(to, row + i * template.length, template, words, first + i * records, thread);
    }
    return;
  }
  const { length } = template;
  const end = row + count * length;
  for (let i = 0; i < length; i++) {
    to.size[row + i] = template.size[i]!;
    to.ip[row + i] = template.ip[i]!;
    to.flags[row + i] = template.flags[i]!;
    putAddresses(to.address, row + i, count, length, template, i, words, first, records);
  }
  repeat(to.size, row, length, end);
  repeat(to.ip, row, length, end);
  repeat(to.flags, row, length, end);
  to.thread.fill(thread, row, end);
}

function putOne(
  to: AccessColumns,
  row: number,
  template: TemplateColumns,
  words: Uint32Array,
  first: number,
  thread: Tid,
): void {
  const { length, record, offset, size, ip, flags } = template;
  for (let i = 0; i < length; i++) {
    const logged = record[i]! < 0 ? 0 : addressAt(words, first + record[i]!);
    const address = offset[i]! + logged;
    to.address[row + i] = address >= WRAPS_AT ? address - WRAPS_AT : address; // a negative register
    to.size[row + i] = size[i]!;
    to.ip[row + i] = ip[i]!;
    to.thread[row + i] = thread;
    to.flags[row + i] = flags[i]!;
  }
}

/** Those of access number `access`, in every `step`th row. */
function putAddresses(
  to: Float64Array,
  row: number,
  count: number,
  step: number,
  template: TemplateColumns,
  access: number,
  words: Uint32Array,
  first: number,
  records: number,
): void {
  const record = template.record[access]!;
  const offset = template.offset[access]!;
  if (record < 0) {
    for (let i = 0, at = row; i < count; i++, at += step) to[at] = offset;
    return;
  }
  for (let i = 0, at = row, place = first + record; i < count; i++, at += step, place += records) {
    const address = offset + addressAt(words, place);
    to[at] = address >= WRAPS_AT ? address - WRAPS_AT : address;
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
