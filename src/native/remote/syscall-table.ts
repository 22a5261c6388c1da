/** One system call of many: its number (asm/unistd_64.h) and up to 6 arguments. */
export interface RemoteCall {
  readonly number: number;
  readonly args: readonly number[];
}

/** A call in the table: its number, which its result replaces, and 6 arguments. In 64-bit words. */
const WORDS_A_CALL = 7;

/** Of a call in the table, in bytes. */
export const CALL_SIZE = WORDS_A_CALL * BigUint64Array.BYTES_PER_ELEMENT;

/** Of the table, in bytes: 1,170 calls. What is longer is run in parts. */
export const TABLE_SIZE = 2 ** 16;
export const CALLS_A_TABLE = Math.floor(TABLE_SIZE / CALL_SIZE);

/** Makes the calls from `[rbx]` up to `rbp`, and stops with SIGTRAP. */
export const TABLE_ROUTINE = Buffer.from(
  [
    "4839eb", //   1: cmp rbx, rbp
    "7326", //        jae 2f
    "488b03", //      mov rax, [rbx]
    "488b7b08", //    mov rdi, [rbx+8]
    "488b7310", //    mov rsi, [rbx+16]
    "488b5318", //    mov rdx, [rbx+24]
    "4c8b5320", //    mov r10, [rbx+32]
    "4c8b4328", //    mov r8, [rbx+40]
    "4c8b4b30", //    mov r9, [rbx+48]
    "0f05", //        syscall
    "488903", //      mov [rbx], rax
    "4883c338", //    add rbx, 56
    "ebd5", //        jmp 1b
    "cc", //       2: int3
  ].join(""),
  "hex",
);

/**
 * Lays out `calls` for the routine, by halves of words: making BigInts would take longer than the
 * calls.
 */
export function tableOf(calls: readonly RemoteCall[]): Int32Array {
  const table = new Int32Array(calls.length * WORDS_A_CALL * 2);
  let at = 0;
  for (const { number, args } of calls) {
    table[at] = number;
    args.forEach((value, i) => {
      table[at + 2 * i + 2] = value; // modulo 2^32
      table[at + 2 * i + 3] = Math.floor(value / 2 ** 32);
    });
    at += 2 * WORDS_A_CALL;
  }
  return table;
}

/** What the calls of a table returned; negative: -errno. */
export function resultsIn(table: Int32Array): number[] {
  const results: number[] = [];
  for (let at = 0; at < table.length; at += 2 * WORDS_A_CALL) {
    results.push(table[at + 1]! * 2 ** 32 + (table[at]! >>> 0));
  }
  return results;
}

export function bytesOf(table: Int32Array): Uint8Array {
  return new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
}
