import { EINVAL } from "../../native/errno.js";
import type { Area, PrivateFlag } from "../area.js";
import type { Call } from "../call.js";
import { wordAt } from "../call.js";
import type { Outcome } from "../outcome.js";
import { STRUCT } from "../table/structs.js";
import { type ArgumentSpec, area, choose, read, reads, write } from "./argument-spec.js";

// linux/futex.h
const WAIT = 0;
const WAKE = 1;
const REQUEUE = 3;
const CMP_REQUEUE = 4;
const WAKE_OP = 5;
const LOCK_PI = 6;
const UNLOCK_PI = 7;
const TRYLOCK_PI = 8;
const WAIT_BITSET = 9;
const WAKE_BITSET = 10;
const WAIT_REQUEUE_PI = 11;
const CMP_REQUEUE_PI = 12;
const LOCK_PI2 = 13;

const COMMAND_MASK = 0x7f; // without FUTEX_PRIVATE_FLAG and FUTEX_CLOCK_REALTIME
const OPERATION = 1; // the argument

type Word = "read" | "update" | "name";

/** What each operation does with its two words; `name`: it goes by the address alone. */
const WORDS: Readonly<Record<number, readonly [first: Word, second?: Word]>> = {
  [WAIT]: ["read"],
  [WAKE]: ["name"],
  [REQUEUE]: ["name", "name"],
  [CMP_REQUEUE]: ["read", "name"],
  [WAKE_OP]: ["name", "update"],
  [LOCK_PI]: ["update"],
  [UNLOCK_PI]: ["update"],
  [TRYLOCK_PI]: ["update"],
  [WAIT_BITSET]: ["read"],
  [WAKE_BITSET]: ["name"],
  [WAIT_REQUEUE_PI]: ["read", "update"],
  [CMP_REQUEUE_PI]: ["read", "update"],
  [LOCK_PI2]: ["update"],
};

const WITH_TIMEOUT: readonly number[] = [WAIT, LOCK_PI, WAIT_BITSET, WAIT_REQUEUE_PI, LOCK_PI2];

const command = (call: Call) => call.uint(OPERATION) & COMMAND_MASK;

/** Word `index` (0 or 1) of futex(2). */
export function futexWord(index: 0 | 1): ArgumentSpec {
  return choose((call) => {
    const use = WORDS[command(call)]?.[index];
    return use ? word(use, { register: OPERATION }) : null;
  });
}

export const futexTimeout: ArgumentSpec = choose((call) =>
  WITH_TIMEOUT.includes(command(call)) ? reads(STRUCT.timespec) : null,
);

/** A futex word. Its value is looked at unless the call fails before, or is refused. */
export function word(use: Word, privateFlag: PrivateFlag): ArgumentSpec {
  return (call, address, slot) => {
    const made = area(call, address, slot, STRUCT.int, (end) => effects(use, end), {
      use: "futex",
      writable: use === "update",
    });
    return made && { ...made, privateFlag };
  };
}

function effects(use: Word, end: Outcome) {
  if (use === "name" || !end.lookedAt || end.errno === EINVAL) return [];
  const first = read(0, STRUCT.int);
  return use === "update" && end.succeeded ? [first, write(0, STRUCT.int)] : [first];
}

// struct futex_waitv: `u64 val, u64 uaddr, u32 flags, u32 reserved`
const WAITER = 24;
const WAITER_ADDRESS = 8;
const WAITER_FLAGS = 16;
const MAX_WAITERS = 128; // FUTEX_WAITV_MAX

/** Futexes to wait for, or to requeue from and to. */
export function waiters(
  count: (call: Call) => number,
  uses: (index: number) => Word,
): ArgumentSpec {
  return (call, address, slot) => {
    const wanted = Math.min(count(call), MAX_WAITERS);
    const bytes = address === 0 ? Buffer.alloc(0) : call.bytes(address, wanted * WAITER);
    const parts: Area[] = [];
    for (let at = 0; at + WAITER <= bytes.length; at += WAITER) {
      const spec = word(uses(at / WAITER), { offset: at + WAITER_FLAGS });
      const part = spec(call, wordAt(bytes, at + WAITER_ADDRESS), at + WAITER_ADDRESS);
      if (part) parts.push(part);
    }
    const size = wanted * WAITER;
    return area(call, address, slot, size, (end) => (end.lookedAt ? [read(0, size)] : []), {
      parts,
    });
  };
}
