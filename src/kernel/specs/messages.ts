import type { Area, Effect } from "../area.js";
import type { Call } from "../call.js";
import { wordAt } from "../call.js";
import type { Outcome } from "../outcome.js";
import { type ArgumentSpec, area, read, write } from "./argument-spec.js";
import { vectors } from "./vectors.js";

// struct user_msghdr (linux/socket.h), sendmsg(2): offsets in bytes
const NAME = 0;
const NAME_LENGTH = 8;
const VECTORS = 16;
const VECTOR_COUNT = 24;
const CONTROL = 32;
const CONTROL_LENGTH = 40;
const FLAGS = 48;
const HEADER = 56;

/** struct mmsghdr: a header, and the length of what was sent or received. */
const MULTIPLE = 64;
const LENGTH = 56;

const MAX_MESSAGES = 1024; // UIO_MAXIOV
const MSG_ZEROCOPY = 0x4000000; // linux/socket.h

/** struct cmsghdr, cmsg(3): `size_t cmsg_len` of all of it, and 8 bytes more. */
const CONTROL_HEADER = 16;

/** A message to send: everything of it is read. `flags`: the argument that holds them. */
export const messageToSend = (flags: number): ArgumentSpec =>
  single((call, header, end) => sent(call, header, end, flags));

/** A message to fill. */
export const messageToFill: ArgumentSpec = single(filled);

/** `count` messages to send, of which the call returns how many it sent. */
export const messagesToSend = (count: (call: Call) => number, flags: number): ArgumentSpec =>
  multiple(count, (call, header, end) => sent(call, header, end, flags));

/** `count` messages to fill. `timeout`: the argument that limits the wait for them. */
export const messagesToFill = (count: (call: Call) => number, timeout: number): ArgumentSpec =>
  multiple(count, filled, (call) => call.arg(timeout) !== 0);

/** A header in the tracee, with its bytes as they were at the call's begin. */
interface Header {
  readonly address: number;
  readonly bytes: Buffer;
  /** From the start of the area that it lies in. */
  readonly offset: number;
}

/** How one message of a call ended. */
interface MessageEnd {
  /** Its header was looked at. */
  readonly lookedAt: (end: Outcome) => boolean;
  /** Bytes sent or received; -1 where it was neither. */
  readonly length: (end: Outcome) => number;
}

/** A message's areas, and what becomes of its header. */
interface Message {
  readonly parts: readonly Area[];
  /** Written to the header, from the start of the area that it lies in. */
  written(end: Outcome): readonly Effect[];
}

type Describe = (call: Call, header: Header, end: MessageEnd) => Message;

function single(describe: Describe): ArgumentSpec {
  return (call, address, slot) => {
    const bytes = address === 0 ? Buffer.alloc(0) : call.bytes(address, HEADER);
    if (bytes.length < HEADER) return null;
    const header = { address, bytes, offset: 0 };
    const message = describe(call, header, {
      lookedAt: (end) => end.lookedAt,
      length: (end) => (end.succeeded ? end.result : -1),
    });
    const effects = (end: Outcome) =>
      end.lookedAt ? [read(0, HEADER), ...message.written(end)] : [];
    return area(call, address, slot, HEADER, effects, { writable: true, parts: message.parts });
  };
}

function multiple(
  count: (call: Call) => number,
  describe: Describe,
  mayStopBetween: (call: Call) => boolean = () => false,
): ArgumentSpec {
  return (call, address, slot) => {
    const wanted = Math.min(count(call), MAX_MESSAGES);
    const bytes = address === 0 ? Buffer.alloc(0) : call.bytes(address, wanted * MULTIPLE);
    const readable = Math.floor(bytes.length / MULTIPLE);
    if (readable === 0) return null;
    // The message that a call failed at was looked at, too.
    const tried = (end: Outcome) => end.result + (mayStopBetween(call) ? 0 : 1);
    const lookedAt = (i: number, end: Outcome) => end.lookedAt && i < tried(end);
    const messages = Array.from({ length: readable }, (_, i) => {
      const offset = i * MULTIPLE;
      const header = { address: address + offset, bytes: bytes.subarray(offset), offset };
      return describe(call, header, {
        lookedAt: (end) => lookedAt(i, end),
        length: (end) =>
          i < end.result ? end.bytes(address + offset + LENGTH, 4).readUInt32LE() : -1,
      });
    });
    const effects = (end: Outcome) =>
      messages.flatMap(({ written }, i) => [
        ...(lookedAt(i, end) ? [read(i * MULTIPLE, HEADER)] : []),
        ...written(end),
        ...(i < end.result ? [write(i * MULTIPLE + LENGTH, 4)] : []),
      ]);
    const parts = messages.flatMap((message) => message.parts);
    return area(call, address, slot, readable * MULTIPLE, effects, { writable: true, parts });
  };
}

function sent(call: Call, header: Header, end: MessageEnd, flags: number): Message {
  const input = (at: number, size: number, slot: number) =>
    area(call, at, header.offset + slot, size, (outcome) =>
      end.lookedAt(outcome) && size > 0 ? [read(0, size)] : [],
    );
  const { bytes } = header;
  const lent = (call.uint(flags) & MSG_ZEROCOPY) !== 0;
  return {
    parts: present([
      input(wordAt(bytes, NAME), bytes.readUInt32LE(NAME_LENGTH), NAME),
      input(wordAt(bytes, CONTROL), wordAt(bytes, CONTROL_LENGTH), CONTROL),
      buffers(call, header, end, lent ? "lend" : "read"),
    ]),
    written: () => [],
  };
}

function filled(call: Call, header: Header, end: MessageEnd): Message {
  const { bytes, offset, address } = header;
  const output = (slot: number, room: number, effects: (outcome: Outcome) => Effect[]) =>
    area(
      call,
      wordAt(bytes, slot),
      offset + slot,
      room,
      (outcome) => (end.length(outcome) < 0 ? [] : effects(outcome)),
      { readable: false, writable: true },
    );
  const nameRoom = bytes.readUInt32LE(NAME_LENGTH);
  const name = output(NAME, nameRoom, (outcome) => {
    const length = outcome.bytes(address + NAME_LENGTH, 4).readUInt32LE();
    return length === 0 ? [] : [write(0, Math.min(length, nameRoom))];
  });
  const controlRoom = wordAt(bytes, CONTROL_LENGTH);
  const control = output(CONTROL, controlRoom, (outcome) => {
    const used = wordAt(outcome.bytes(address + CONTROL_LENGTH, 8), 0);
    return controlMessages(outcome.bytes(wordAt(bytes, CONTROL), Math.min(used, controlRoom)));
  });
  return {
    parts: present([buffers(call, header, end, "write"), control, name]),
    written(outcome) {
      if (end.length(outcome) < 0) return [];
      const fields = [write(offset + FLAGS, 4), write(offset + CONTROL_LENGTH, 8)];
      return name === null ? fields : [write(offset + NAME_LENGTH, 4), ...fields];
    },
  };
}

function buffers(
  call: Call,
  header: Header,
  end: MessageEnd,
  direction: "read" | "write" | "lend",
): Area | null {
  const count = () => wordAt(header.bytes, VECTOR_COUNT);
  const spec = vectors(count, direction, (_call, outcome) => end.length(outcome));
  const made = spec(call, wordAt(header.bytes, VECTORS), header.offset + VECTORS);
  if (made === null) return null;
  const effects = (outcome: Outcome) => (end.lookedAt(outcome) ? made.effects(outcome) : []);
  return { ...made, effects };
}

function present(areas: readonly (Area | null)[]): Area[] {
  return areas.filter((area) => area !== null);
}

/** The kernel writes each control message, and not what aligns the next one. */
function controlMessages(bytes: Buffer): Effect[] {
  const effects: Effect[] = [];
  for (let at = 0; at + CONTROL_HEADER <= bytes.length; ) {
    const length = Math.min(wordAt(bytes, at), bytes.length - at);
    if (length < CONTROL_HEADER) break;
    effects.push(write(at, length));
    at += Math.ceil(length / 8) * 8;
  }
  return effects;
}
