import { SIZES } from "./native.js";
import { frame } from "./wire.js";

/** What a client is told, and how the session ends: the same for every client that can do it. */
export interface Case {
  readonly name: string;
  readonly script: string;
  readonly code: number;
  /** What ffiscope says on standard error: nothing, unless given. */
  readonly stderr?: RegExp;
  /** Of this language alone, for this reason. */
  readonly only?: { readonly language: "c" | "node"; readonly because: string };
}

const onlyC = (because: string) => ({ only: { language: "c" as const, because } });

/** It ended in a call: with a backtrace, where a signal killed it. */
const DURING_CALL =
  /^ffiscope: '.+' .+ during a call; its accesses so far are kept\n(?: {2}#\d+ +\S.*\n)*(?: {2}and \d+ more\n)?$/;

export const LIFECYCLE: readonly Case[] = [
  { name: "the client's exit code is the supervisor's", script: "exit:255", code: 255 },
  { name: "a client that a signal ends has no exit code", script: "heap:A:1 kill:9", code: 1 },
  {
    name: "a call without pages, and without accesses",
    script: "call:nothing@ heap:A:2 call:nothing@A exit:3",
    code: 3,
  },
  {
    name: "accesses between calls belong to none",
    script:
      "heap:A:2 outside:store4@A:1 call:load4@A outside:load8@A/8,store1@A+4095:2 call:load1@A+4095",
    code: 0,
  },
  {
    name: "many calls, each with its own events",
    script: "heap:A:2 calls:100:store4@A+4:9,load2@A+6 call:load8@A/8 calls:100:load1@A",
    code: 0,
  },
  {
    name: "a client that closes the line between calls is waited for",
    script: "heap:A:1 call:load1@A close exit:5",
    code: 5,
  },
  {
    name: "a client that exits in a call",
    script: "heap:A:1 call:load1@A call:load1@A,exit=4",
    code: 4,
    stderr: DURING_CALL,
  },
  {
    name: "native code that ends the process",
    script: "heap:A:1 call:load1@A,leave@A:6",
    code: 6,
    stderr: DURING_CALL,
  },
  {
    name: "native code that crashes",
    script: "heap:A:1 call:load8@A+8 call:store1@A,crash@",
    code: 1,
    stderr:
      /^ffiscope: '.+' was killed by SIGSEGV at address 0x\w+ in .+ during a call; its accesses so far are kept\n(?: {2}#\d+ +\S.*\n)+(?: {2}and \d+ more\n)?$/,
  },
];

export const OVERRIDES: readonly Case[] = [
  { name: "before any call", script: "override:9 heap:A:1 call:load1@A exit:2", code: 9 },
  {
    name: "between calls",
    script: "heap:A:1 call:load1@A override:9 call:load1@A exit:2",
    code: 9,
  },
  { name: "after the last call", script: "heap:A:1 call:load1@A override:9 exit:2", code: 9 },
  {
    name: "during a call, by the thread that makes it",
    script: "heap:A:1 call:load1@A,override=9,store2@A+2:1 exit:2",
    code: 9,
  },
  {
    name: "during a call, by another thread",
    script: "heap:A:1 call:load1@A,override-elsewhere=9,store2@A+2:1 call:load4@A exit:2",
    code: 9,
    ...onlyC("one thread alone speaks for a Node program"),
  },
  {
    name: "once a call has ended, before its events are read",
    script: "heap:A:1 call-overriding:9:loads@A:50 call:load4@A exit:2",
    code: 9,
  },
  {
    name: "under way while calls begin and end",
    script: "heap:A:1 racing-calls:9:store8@A+8:1,load4@A call:load4@A exit:2",
    code: 9,
  },
  {
    name: "the last one counts",
    script: "override:3 heap:A:1 call:override=4,load1@A override:-33 override:127 exit:2",
    code: 127,
  },
  {
    name: "any i32, of which the low 8 bits are kept",
    script:
      "override:-2147483648 override:-32769 override:-129 override:-33 override:-32 override:128 " +
      "override:65536 override:2147483647 exit:2",
    code: 255,
  },
  { name: "it holds for a client that a signal ends", script: "override:9 kill:9", code: 9 },
  {
    name: "it holds for a client that crashes in the call that sent it",
    script: "heap:A:1 call:load1@A,override=9,crash@",
    code: 9,
    stderr: DURING_CALL,
  },
  {
    name: "it does not hold for a violation",
    script: `override:9 raw:${frame("c0")} await-end`,
    code: 1,
    stderr: violation("idle", "a frame that cannot be read .*"),
  },
];

const START = frame("81a85374617274466669929000"); // StartFfi, no pages

export const VIOLATIONS: readonly Case[] = [
  malformed("an empty frame", "00000000", "an empty frame where a message belongs"),
  malformed("a frame over 256 MiB", "01000010", "a frame of 268435457 bytes where at most .*"),
  malformed("trailing bytes", frame("81a8537461727446666992900000"), "1 bytes follow .*"),
  malformed("an unknown variant", frame("81a3466f6f00"), 'the message is "Foo" where one of .*'),
  malformed(
    "an integer outside its type",
    frame("81af4f76657272696465526574636f6465ce80000000"),
    "OverrideRetcode is 2147483648 where an integer .i32. .*",
  ),
  malformed(
    "a page that is not aligned",
    frame("81a8537461727446666992 91cd1001 00"),
    "page 0x1001 of StartFfi is not aligned to 4096",
  ),
  malformed(
    "a page that is not mapped",
    frame("81a8537461727446666992 91cd1000 00"),
    "page 0x1000 of StartFfi is not mapped",
  ),
  {
    name: "a second StartFfi before the SIGSTOP of the first",
    script: `raw:${START} raw:${START} await-end`,
    code: 1,
    stderr: violation("armed", "StartFfi"),
  },
  {
    name: "StartFfi during a call",
    script: `heap:A:1 call:load1@A,fatal-raw=${START}`,
    code: 1,
    stderr: violation("tracing", "StartFfi"),
  },
  {
    name: "end of file inside a frame, by a client that lives on",
    script: "raw:0d000000 raw:81a8 close await-end",
    code: 1,
    stderr: violation("idle", "end of file inside a frame"),
  },
  {
    name: "end of file before the SIGSTOP of a call",
    script: `raw:${START} close await-end`,
    code: 1,
    stderr: violation("(armed|idle)", "end of file"),
    ...onlyC("a Node client takes what it has not asked for as nothing"),
  },
  {
    name: "SIGUSR1 while no call runs",
    script: "heap:A:1 call:load1@A raise:10",
    code: 1,
    stderr: violation("(idle|delivering)", "SIGUSR1"),
    ...onlyC("a Node client marks its signals"),
  },
  {
    name: "SIGSTOP while no call is armed",
    script: "heap:A:1 call:load1@A raise:19",
    code: 1,
    stderr: violation("(idle|delivering)", "SIGSTOP"),
    ...onlyC("a Node client marks its signals"),
  },
  {
    name: "native code that raises SIGUSR1 ends the call, and the client's own is one too many",
    script: "heap:A:1 call:load1@A,end_early@",
    code: 1,
    stderr: violation("(idle|delivering)", "SIGUSR1"),
    ...onlyC("a Node client marks its signals"),
  },
  {
    name: "an extension without Hello",
    script: `raw:${frame("81a84865617092030000000000")} await-end`,
    code: 1,
    stderr: violation("idle", ".*"),
    ...onlyC("a Node client has said Hello"),
  },
  {
    name: "a second Hello",
    script: `raw:${frame("81a548656c6c6f920190")} await-end`,
    code: 1,
    stderr: violation("idle", "the extension hello"),
    only: { language: "node", because: "a plain client says none" },
  },
];

const ALL_SIZES = SIZES.flatMap((size) => [`load${size}@A+${size}`, `store${size}@A+${size}:7`]);
const STRADDLING = SIZES.slice(1).flatMap((size) => [
  `store${size}@A/${size}:9`,
  `load${size}@A/${size}`,
]);

export const EVENTS: readonly Case[] = [
  {
    name: "loads and stores of 1, 2, 4, 8, 16 and 32 bytes, in order",
    script: `heap:A:1 call:${ALL_SIZES.join(",")} call:${ALL_SIZES.toReversed().join(",")}`,
    code: 0,
  },
  {
    name: "the same across the end of a page",
    script: `heap:A:3 call:${STRADDLING.join(",")}`,
    code: 0,
  },
  {
    name: "a read-modify-write is a read and a write; rep movsb is one of each",
    script: "heap:A:4 call:increment4@A,increment4@A/4,copy@A:100,copy@A+3000:3000,load1@A",
    code: 0,
  },
  {
    name: "what the kernel reads on native code's behalf",
    script: "heap:A:3 call:to_pipe@A+10:100,to_pipe@A/64:64,store1@A:1",
    code: 0,
  },
];

export const MANY_EVENTS: readonly Case[] = [
  { name: "10,000 in one call", script: "heap:A:2 call:loads@A:10000,store1@A:1", code: 0 },
];

export const EVENTS_OF_64: readonly Case[] = [
  {
    name: "loads and stores of 64 bytes, also across the end of a page",
    script: "heap:A:3 call:load64@A+64,store64@A:5,store64@A/64:6,load64@A/64,load1@A",
    code: 0,
  },
];

/** In each kind of memory, and from one into another. */
const KINDS = ["private", "shared", "shared-file", "private-file"];
const NAMES = ["A", "B", "C", "D"] as const;
const LOADS_AND_STORES = NAMES.map(
  (name) => `call:load1@${name},store4@${name}+4095:7,load8@${name}/8,increment4@${name}+64`,
);

/** A Node client has one heap, and it is always of the same kind. */
export const MEMORY: readonly Case[] = [
  {
    name: "private, shared and file mappings",
    script: [
      ...NAMES.map((name, i) => `heap:${name}:3:${KINDS[i]}`),
      ...LOADS_AND_STORES,
      "call:load32@A/32,store16@B+8:1,load16@C/16,store1@D:1,load4@A",
    ].join(" "),
    code: 0,
  },
  {
    name: "read-only pages between others",
    script: "heap:A:1 heap:B:2:read-only heap:C:1 call:store1@A:1,load4@B/4,load1@C call:load8@B",
    code: 0,
  },
  {
    name: "a store to a read-only page is the program's own fault",
    script: "heap:A:1:read-only call:load1@A call:load1@A,store1@A:1,crash@",
    code: 1,
    stderr:
      /^ffiscope: '.+' was killed by SIGSEGV at address 0x\w+ in .+ during a call; its accesses so far are kept\n(?: {2}#\d+ +\S.*\n)+(?: {2}and \d+ more\n)?$/,
  },
  {
    name: "3,000 mappings, in no order",
    script: "mappings:3000 call:load1@Z0,store8@Z2999+8:1,load4@Z1500+4092 call:load1@Z1",
    code: 0,
  },
  {
    name: "pages as ranges and once more as a list",
    script: "heap:A:3 heap:B:2 pages:B pages:A call:load4@A/4,store1@B:1,load2@B/2 call:load1@A",
    code: 0,
  },
  { name: "no pages at all", script: "call:nothing@ call:nothing@", code: 0 },
];

function violation(state: string, came: string): RegExp {
  return new RegExp(
    `^ffiscope: protocol violation in state ${state}: ${came} came, expected .+\n$`,
  );
}

/** Bytes that are no message, by a client that has made a call. */
function malformed(name: string, hex: string, why: string): Case {
  return {
    name,
    script: `heap:A:1 call:load1@A raw:${hex.replaceAll(" ", "")} await-end`,
    code: 1,
    stderr: violation("(idle|delivering)", `a frame that cannot be read \\(${why}\\)`),
    ...onlyC("the bytes say nothing about the client that sent them"),
  };
}
