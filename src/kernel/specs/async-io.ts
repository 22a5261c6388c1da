import type { Area } from "../area.js";
import { type Call, wordAt } from "../call.js";
import type { Outcome } from "../outcome.js";
import { type ArgumentSpec, area, read, write } from "./argument-spec.js";
import { vectors } from "./vectors.js";

/** struct iocb, linux/aio_abi.h, in bytes. */
const IOCB = 64;
const KEY = { offset: 8, size: 4 };
const OPCODE = 16;
const BUFFER = 24;
const LENGTH = 32;

/** Values of its opcode, with what the kernel does to the buffer. */
const PLAIN = new Map([
  [0, "write"], // IOCB_CMD_PREAD
  [1, "read"], // IOCB_CMD_PWRITE
] as const);
const VECTORED = new Map([
  [7, "write"], // IOCB_CMD_PREADV
  [8, "read"], // IOCB_CMD_PWRITEV
] as const);

/** As many as one call takes of a list; the kernel's own limit is that of the context. */
const MAX_OPERATIONS = 2 ** 16;

const POINTER = 8;

/** struct aio_ring, fs/aio.c: what a context's number is the address of. */
const RING_MAGIC = { offset: 16, value: 0xa10a10a1 };

/**
 * io_submit(2): `count` pointers to operations. The kernel keeps each operation's address, which the
 * completion has, and uses the buffers later; the rest is read in the call. Of a count, all up to
 * the first that is refused are submitted.
 */
export function operations(count: (call: Call) => number): ArgumentSpec {
  return (call, address, slot) => {
    const most = Math.max(0, Math.min(count(call), MAX_OPERATIONS));
    const list = call.bytes(address, most * POINTER);
    const length = Math.floor(list.length / POINTER);
    const parts = Array.from({ length }, (_, i) => operation(call, wordAt(list, i * POINTER), i));
    const effects: Area["effects"] = (end) => {
      const looked = Math.min(length, lookedAt(call, end));
      return looked > 0 ? [read(0, looked * POINTER)] : [];
    };
    return area(call, address, slot, length * POINTER, effects, {
      parts: parts.filter((part) => part !== null),
    });
  };
}

function operation(call: Call, address: number, index: number): Area | null {
  const bytes = call.bytes(address, IOCB);
  if (bytes.length < IOCB) return null; // the kernel is to see it
  const effects: Area["effects"] = (end) => {
    const looked = index < lookedAt(call, end);
    const key = end.succeeded && index < end.result ? [write(KEY.offset, KEY.size)] : [];
    return looked ? [read(0, IOCB), ...key] : [];
  };
  const buffer = bufferOf(call, bytes, index);
  return area(call, address, index * POINTER, IOCB, effects, {
    ...{ use: "kept", writable: true },
    parts: buffer ? [buffer] : [],
  });
}

/** How many operations the kernel has looked at: those submitted, and one that it refused. */
function lookedAt(call: Call, end: Outcome): number {
  if (end.succeeded) return end.result + 1;
  const isContext = call.u32(call.arg(0) + RING_MAGIC.offset) === RING_MAGIC.value;
  return end.lookedAt && isContext ? 1 : 0;
}

function bufferOf(call: Call, bytes: Buffer, index: number): Area | null {
  const opcode = bytes.readUInt16LE(OPCODE) as 0;
  const [address, length] = [wordAt(bytes, BUFFER), wordAt(bytes, LENGTH)];
  const plain = PLAIN.get(opcode);
  if (plain) {
    const writable = plain === "write";
    const use = { use: "pages", readable: !writable, writable } as const;
    return area(call, address, BUFFER, length, () => [], use);
  }
  const vectored = VECTORED.get(opcode as number as 7);
  const none = () => 0; // what is transferred is not known before the completion
  const list = vectored && vectors(() => length, vectored, none)(call, address, BUFFER);
  if (!list) return null;
  const effects: Area["effects"] = (end) => (index < end.result ? list.effects(end) : []);
  return { ...list, effects, parts: list.parts.map((part) => ({ ...part, use: "pages" })) };
}
