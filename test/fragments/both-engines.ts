import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { Context } from "mocha";
import { ROOT } from "../support/fixtures.js";
import { needsCompiler, needsProgram } from "../support/needs.js";
import { asClient, inHost, type Mode, type Seen, untraced } from "./run.js";

const MODES: readonly Mode[] = [
  "supervised",
  "closing",
  "shared",
  "low",
  "scattered",
  "partial",
  "moving",
];

export interface Options {
  /** How the client has its heap; all ways unless given. */
  readonly modes?: readonly Mode[];
  /** Cases in which chance decides what threads do: only results are compared, and numbers. */
  readonly byChance?: readonly string[];
  /** Cases that a heap of our own cannot have. */
  readonly notInHost?: readonly string[];
  /** The mode that a heap of our own, which is shared memory, is to be like. */
  readonly hostIsLike?: Mode;
  /** Cases that hardly run in fragments: what they are about is left to the reference engine. */
  readonly slow?: readonly string[];
}

/**
 * Every case of a fixture returns what it returns untraced, and its accesses are the same under both
 * engines, one by one and with their instructions; and under `auto` they were made in fragments.
 */
export function sameUnderBothEngines(fixture: string, options: Options = {}): void {
  const names = casesOf(fixture);
  const { modes = MODES, byChance = [], notInHost = [], slow = [] } = options;
  const { hostIsLike = "supervised" } = options;

  function compare(name: string, auto: Seen, reference: Seen): void {
    expect(auto.outcome, JSON.stringify(auto.crash)).to.equal(reference.outcome);
    expect(auto.crash).to.equal(reference.crash);
    if (!slow.includes(name)) expect(auto.stats.entries, "entries").to.be.greaterThan(0);
    if (byChance.includes(name)) return;
    expect(firstDifference(auto.accesses, reference.accesses)).to.equal(null);
  }

  describe(`${fixture} in a heap of our own`, () => {
    before(function () {
      needsCompilerOf(this, fixture);
    });
    for (const name of names.filter((of) => !notInHost.includes(of))) {
      it(name, async () => {
        const expected = untraced(fixture, [name], hostIsLike)[0];
        const reference = await inHost(fixture, name, "reference");
        const auto = await inHost(fixture, name, "auto");
        expect([auto.result, reference.result]).to.deep.equal([expected, expected]);
        compare(name, auto, reference);
      });
    }
  });

  for (const mode of modes) {
    describe(`${fixture} in a plain client's heap: ${mode}`, () => {
      let expected: readonly number[];
      let runs: readonly Awaited<ReturnType<typeof asClient>>[];
      before(async function () {
        needsCompilerOf(this, fixture);
        expected = untraced(fixture, names, mode);
        runs = [
          await asClient(fixture, names, mode, "auto"),
          await asClient(fixture, names, mode, "reference"),
        ];
      });
      it("ends well", () => {
        expect(runs.map(({ end }) => end)).to.deep.equal(["0", "0"]);
      });
      for (const [i, name] of names.entries()) {
        it(name, () => {
          const [auto, reference] = runs.map(({ calls }) => calls.get(name) ?? []);
          const results = [auto, reference].map((of) => of!.map(({ result }) => result));
          const twice = expected.slice(2 * i, 2 * i + 2);
          expect(results).to.deep.equal([twice, twice]);
          for (const round of [0, 1]) compare(name, auto![round]!, reference![round]!);
        });
      }
    });
  }
}

function needsCompilerOf(context: Context, fixture: string): void {
  needsCompiler(context);
  if (!fixture.endsWith(".c")) needsProgram(context, "c++", "g++");
}

/** In the order that they stand in. */
export function casesOf(fixture: string): string[] {
  const text = readFileSync(`${ROOT}/test/fixtures/fragments/${fixture}`, "utf8");
  return [...text.matchAll(/^CASE\((\w+)\)/gm)].map((match) => match[1]!);
}

/** Threads come in any order. Null where there is none; the first says enough. */
export function firstDifference(
  auto: readonly (readonly string[])[],
  reference: readonly (readonly string[])[],
): string | null {
  const [a, b] = [auto, reference].map((threads) =>
    threads.toSorted((x, y) => x.length - y.length || (x.join() < y.join() ? -1 : 1)),
  );
  for (let thread = 0; thread < Math.max(a!.length, b!.length); thread++) {
    const [seen, wanted] = [a![thread] ?? [], b![thread] ?? []];
    for (let at = 0; at < Math.max(seen.length, wanted.length); at++) {
      if (seen[at] === wanted[at]) continue;
      const around = (of: readonly string[]) => of.slice(Math.max(0, at - 2), at + 2).join(" | ");
      return `thread ${thread}, access ${at}: auto ${around(seen)}; reference ${around(wanted)}`;
    }
  }
  return null;
}
