import {
  ARGUMENT_REGISTERS,
  entryState,
  type Linear,
  type LinearState,
  LOW_PARTS,
  resultOf,
  VARIABLES,
} from "./linear-values.js";
import { registerIn } from "./register-fields.js";
import { branchDisplacement, type Source } from "./source-instruction.js";

/** Arguments as they are known: null for one that is not. 64 bits each, unsigned. */
export type EntryArgumentValues = readonly (bigint | null)[];

const REGISTERS = 16;
const wrap = (value: bigint) => BigInt.asUintN(64, value);

/** Instructions that are looked at from a function's entry on, at the most. */
const MAX_INSTRUCTIONS = 1_000;

/** Ways to one instruction that are told apart: more are taken together. */
const MAX_WAYS = 3;

/**
 * What a function's arguments were, told from its registers somewhere in it: their values are followed
 * from the entry on, along all ways, as far as they are sums of the arguments and of their low bits. That
 * holds before the loops of a function, where what it does first is to read.
 */
export class EntryValues {
  /** By instruction: what the registers hold on each way to it. */
  readonly #states = new Map<number, LinearState[]>();
  /** By instruction: where the function goes on. */
  readonly #next = new Map<number, readonly number[]>();

  /** `sourceAt`: the instruction at an address; null where it is not known. */
  constructor(entry: number, sourceAt: (ip: number) => Source | null) {
    this.#follow(entry, sourceAt);
  }

  /** All arguments that can be told at `ip`. `registers`: by number, unsigned. */
  at(ip: number, registers: (number: number) => bigint): EntryArgumentValues {
    const ways = (this.#states.get(ip) ?? []).flatMap((state) => {
      const known = solved(state, registers);
      return contradicts(state, registers, known)
        ? []
        : [known.slice(0, ARGUMENT_REGISTERS.length)];
    });
    const [first = ARGUMENT_REGISTERS.map(() => null), ...others] = ways;
    // A comparison exchanges its strings: which was which does not matter to it.
    const isSwapped = others.every((other) =>
      sorted(other).every((v, i) => v === sorted(first)[i]),
    );
    if (isSwapped) return first;
    return first.map((value, i) => (others.every((other) => other[i] === value) ? value : null));
  }

  /** The function may come from one instruction to another, or back to the same; as far as it is followed. */
  leads(from: number, to: number): boolean {
    if (!this.#states.has(to)) return true; // who knows how it comes there
    const work = [...(this.#next.get(from) ?? [])];
    const seen = new Set(work);
    for (let ip = work.pop(); ip !== undefined; ip = work.pop()) {
      if (ip === to) return true;
      for (const next of this.#next.get(ip) ?? []) {
        if (!seen.has(next)) work.push(next);
        seen.add(next);
      }
    }
    return false;
  }

  #follow(entry: number, sourceAt: (ip: number) => Source | null): void {
    const sources = new Map<number, Source | null>();
    const work: [ip: number, state: LinearState][] = [[entry, entryState()]];
    for (let next = work.pop(); next; next = work.pop()) {
      const [ip, coming] = next;
      const ways = this.#states.get(ip) ?? [];
      const state = taken(ways, coming);
      if (state === null) continue;
      this.#states.set(ip, ways);
      if (this.#states.size > MAX_INSTRUCTIONS) return this.#states.clear();
      if (!sources.has(ip)) sources.set(ip, sourceAt(ip));
      const source = sources.get(ip);
      if (!source) continue;
      const on = waysOn(source);
      this.#next.set(ip, on);
      work.push(...on.map((to) => [to, after(source, state)] as typeof next));
    }
  }
}

/** Takes `coming` among `ways`: the state to go on with, null where nothing is new. */
function taken(ways: LinearState[], coming: LinearState): LinearState | null {
  const met = ways.map((way) => meet(way, coming));
  if (met.some((both, i) => both === ways[i])) return null;
  // One that tells as much of the arguments as each does is enough.
  const told = toldBy(coming);
  let at = met.findIndex((both, i) => toldBy(both) >= Math.max(told, toldBy(ways[i]!)));
  if (at < 0 && ways.length < MAX_WAYS) {
    ways.push(coming);
    return coming;
  }
  at = Math.max(at, 0);
  ways[at] = met[at]!;
  return ways[at]!;
}

/** How many arguments a state tells. */
const toldBy = (state: LinearState): number =>
  solved(state, () => 0n).filter((value, i) => i < ARGUMENT_REGISTERS.length && value !== null)
    .length;

/** With the first two in order. */
const sorted = ([one = null, other = null, ...rest]: EntryArgumentValues): EntryArgumentValues =>
  one !== null && other !== null && one > other ? [other, one, ...rest] : [one, other, ...rest];

/** The registers do not hold what they do on that way: the function came another. */
function contradicts(
  state: LinearState,
  registers: (number: number) => bigint,
  known: EntryArgumentValues,
): boolean {
  return state.some((linear, number) => {
    if (!linear || linear.factors.some((factor, i) => factor !== 0 && known[i] === null))
      return false;
    const value = linear.factors.reduce(
      (sum, factor, i) => (factor === 0 ? sum : sum + BigInt(factor) * known[i]!),
      BigInt(linear.constant),
    );
    return wrap(value) !== registers(number);
  });
}

/** The arguments, and parts of them, that follow from what the registers hold. */
function solved(state: LinearState, registers: (number: number) => bigint): EntryArgumentValues {
  const known = new Array<bigint | null>(VARIABLES).fill(null);
  for (let more = true; more; ) {
    more = false;
    for (const [number, linear] of state.entries()) {
      if (linear && solve(linear, registers(number), known)) more = true;
    }
    for (const { variable, argument, bits } of LOW_PARTS) {
      if (known[variable] !== null || known[argument] === null) continue;
      known[variable] = BigInt.asUintN(bits, known[argument]!);
      more = true;
    }
  }
  return known;
}

/** What holds on both ways; `before` itself where nothing of it is lost. */
function meet(before: LinearState, coming: LinearState): LinearState {
  const both = before.map((linear, i) => (linear && isSame(linear, coming[i]!) ? linear : null));
  return both.every((linear, i) => linear === before[i]) ? before : both;
}

function isSame(one: Linear, other: Linear | null): boolean {
  if (other === null || one.constant !== other.constant) return false;
  return one.factors.every((factor, i) => factor === other.factors[i]);
}

/** Where the function goes on; a callee may have done anything, so nothing behind it is followed. */
function waysOn(source: Source): number[] {
  const next = source.ip + source.length;
  switch (source.encodingClass.flow) {
    case "next":
      return [next];
    case "branch":
      return [next, next + branchDisplacement(source)];
    case "jump":
      return [next + branchDisplacement(source)];
    default:
      return [];
  }
}

/** Takes an argument into `known` that follows from `linear` being `value`. True where there is one. */
function solve({ constant, factors }: Linear, value: bigint, known: (bigint | null)[]): boolean {
  let rest = value - BigInt(constant);
  let open = -1;
  for (const [i, factor] of factors.entries()) {
    if (factor === 0) continue;
    if (known[i] !== null) rest -= BigInt(factor) * known[i]!;
    else if (open >= 0) return false;
    else open = i;
  }
  if (open < 0) return false;
  const factor = BigInt(factors[open]!);
  rest = wrap(rest);
  if (factor === 1n) known[open] = rest;
  else if (factor === -1n) known[open] = wrap(-rest);
  // A count of characters times their size. (One that overflows does not fit memory.)
  else if (factor > 0n && rest % factor === 0n) known[open] = rest / factor;
  else return false;
  return true;
}

function after(source: Source, state: LinearState): LinearState {
  const next = [...state];
  const { raw, encodingClass } = source;
  for (const { field, write, isByte } of encodingClass.registers) {
    if (!write) continue;
    const number = registerIn(raw, field);
    next[isByte && number >= 4 && raw.prefixAt < 0 ? number - 4 : number] = null; // ah, ch, dh, bh
  }
  for (let number = 0; number < REGISTERS; number++) {
    if (encodingClass.impliedWrites & (1 << number)) next[number] = null;
  }
  const result = resultOf(source, state);
  if (result) next[result.register] = result.value;
  return next;
}
