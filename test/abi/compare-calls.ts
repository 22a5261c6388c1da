import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { as, type CallArgument, type ForeignFunction, Scope } from "ffiscope";
import { type RandomCall, randomLibrary } from "./random-calls.js";

/** Calls that differ from what the compiler does, a line each, of `count` random functions. */
export async function callDifferences(seed: number, count: number): Promise<string[]> {
  const { declarations, source, calls } = randomLibrary(seed, count);
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-abi-"));
  try {
    const library = join(folder, "librandom.so");
    writeFileSync(join(folder, "random.c"), source);
    execFileSync(
      "gcc",
      ["-w", "-Wno-psabi", "-O1", "-shared", "-fPIC", "-o", library, "random.c"],
      {
        cwd: folder,
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    await using scope = await Scope.open();
    scope.declare(declarations);
    const lib = await scope.load(library);
    const digest = await scope.alloc("unsigned long long");
    const differences: string[] = [];
    for (const call of calls) {
      const difference = await differenceOf(call);
      if (difference !== null) differences.push(`seed ${seed}: ${call.prototype}: ${difference}`);
    }
    return differences;

    async function differenceOf(call: RandomCall): Promise<string | null> {
      const values = call.values.map((each) => {
        if (each === null) return digest;
        return each.as === null ? each.value.js : as(each.as, each.value.js);
      });
      const { result } = await called(call.prototype, values);
      const ours = await digest.value();
      await called(call.expected, [digest]);
      const theirs = await digest.value();
      if (ours !== theirs) return `arguments digest to ${ours}, from C to ${theirs}`;
      if (call.result === null) return null;
      await using held = await scope.alloc(call.result.type, call.result.value.js as never);
      const [returned, expected] = [shown(result), shown(await held.value())];
      return returned === expected ? null : `returned ${returned} for ${expected}`;
    }

    async function called(prototype: string, values: readonly unknown[]) {
      return (lib.func(prototype) as ForeignFunction)(...(values as CallArgument[]));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An integer past 2^53 is text in a result. */
function shown(value: unknown): string {
  return JSON.stringify(value, (_, held) => (typeof held === "bigint" ? String(held) : held));
}
