import { effectsOf } from "./native.js";

/*
 * What a conformance client is told, word by word:
 *
 *   heap:A:3[:KIND]      memory A of 3 pages; of a C client also shared, shared-file, private-file,
 *                        read-only, none. It prints `heap A ADDRESS`, and holds 0, 1, 2, ...
 *   mappings:N           C: Z0 to ZN-1, a page and a mapping each, handed over in no order
 *   pages:A              C: hands A's pages over once more, as a list, last first
 *   call:STEP,...        a traced call; prints its events, then `called`
 *   calls:N:STEP,...     N of them
 *   call-overriding:N:STEP,...  with an override to N that is sent once the call has ended
 *   racing-calls:N:STEP,...     20 of them, each with an override to N under way
 *   outside:STEP,...     the same steps, between calls
 *   override:N raw:HEX close exit:N kill:SIGNAL raise:SIGNAL ignore-sigusr1
 *   await-end            the supervisor is to end the client
 *
 * A step is a native function, NAME@ADDRESS:NUMBER, or override=N, override-elsewhere=N (C: by another
 * thread), exit=N, or fatal-raw=HEX (bytes on the line that the supervisor ends the client for). An
 * address is A+8, the ninth byte of A; A/4, the four bytes around a page's end; or Z7.
 */

const PAGE = 4096n;

/** The words of a script, as arguments. */
export function wordsOf(script: string): string[] {
  return script.split(/\s+/).filter((word) => word !== "");
}

/**
 * What a client prints that does as `script` says: each completed call's events, in order. Where its
 * memory lies is taken from what it printed.
 */
export function expectedOutput(script: string, stdout: string): string[] {
  const heaps = heapsIn(stdout);
  const lines: string[] = [];
  for (const word of wordsOf(script)) {
    const { times, steps } = callIn(word);
    const events = steps.flatMap((step) => eventsOf(step, heaps));
    if (steps.some(endsClient)) break;
    for (let i = 0; i < times; i++) lines.push(...events, "called");
  }
  return lines;
}

/** What a client printed of its calls. */
export function printedOutput(stdout: string): string[] {
  return stdout.split("\n").filter((line) => line !== "" && !line.startsWith("heap "));
}

/** The events of a call that the client's end cut short. */
export function brokenCallEvents(script: string, stdout: string): string[] {
  const broken = wordsOf(script).find((word) => callIn(word).steps.some(endsClient))!;
  const heaps = heapsIn(stdout);
  return callIn(broken).steps.flatMap((step) => eventsOf(step, heaps));
}

function heapsIn(stdout: string): Map<string, bigint> {
  const lines = stdout.matchAll(/^heap (\w+) (0x[0-9a-f]+)$/gm);
  return new Map(Array.from(lines, ([, name, address]) => [name!, BigInt(address!)]));
}

function callIn(word: string): { times: number; steps: string[] } {
  const match = /^(?:call|calls:(\d+)|call-overriding:-?\d+|(racing)-calls:-?\d+):(.+)$/.exec(word);
  if (!match) return { times: 0, steps: [] };
  const [, times, racing, steps] = match;
  return { times: racing ? 20 : Number(times ?? 1), steps: steps!.split(",") };
}

function endsClient(step: string): boolean {
  return /^(exit=|fatal-raw=|crash@|leave@|end_early@)/.test(step);
}

function eventsOf(step: string, heaps: Map<string, bigint>): readonly string[] {
  const [, name, place, number] = /^(\w+)@([^:]*)(?::(\d+))?$/.exec(step) ?? [];
  if (name === undefined || endsClient(step)) return [];
  return effectsOf(name)(place ? addressOf(place, heaps) : 0n, BigInt(number ?? 0));
}

function addressOf(place: string, heaps: Map<string, bigint>): bigint {
  const [, name, how, text] = /^([A-Y]|Z\d+)(?:([+/])(\d+))?$/.exec(place)!;
  const start = heaps.get(name!);
  if (start === undefined) throw new Error(`the client has not told where ${name} lies`);
  const number = BigInt(text ?? 0);
  return how === "/" ? (start / PAGE + 1n) * PAGE - number / 2n : start + number;
}
