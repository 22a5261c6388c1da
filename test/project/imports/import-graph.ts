import { posix } from "node:path";
import { type Import, importsOf } from "./import-statements.js";

/** One import, from a file of ours to another or to a package. Paths begin at src/. */
export interface Edge {
  readonly from: string;
  /** A path of ours, a package's name, or `node:…`. */
  readonly to: string;
  readonly ours: boolean;
  readonly kind: Import["kind"];
  readonly line: number;
}

/** What every file of `sources` imports. Keys are paths such as `native/libc.ts`. */
export function edgesOf(sources: ReadonlyMap<string, string>): readonly Edge[] {
  return [...sources].flatMap(([from, source]) =>
    importsOf(source).map(({ specifier, kind, line }) => {
      const ours = specifier.startsWith(".");
      return { from, to: ours ? resolve(from, specifier) : packageOf(specifier), ours, kind, line };
    }),
  );
}

function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, ".ts");
}

/** `@scope/name/part` is of the package `@scope/name`. */
function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Files that import each other in a circle, one list a circle, each from its first name on. */
export function cyclesOf(edges: readonly Edge[]): readonly (readonly string[])[] {
  const next = new Map<string, string[]>();
  for (const { from, to, ours } of edges) {
    if (ours) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const cycles = new Map<string, readonly string[]>();
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const start = path.indexOf(file);
    if (start >= 0) {
      const cycle = fromFirstName(path.slice(start));
      cycles.set(cycle.join(), cycle);
    }
    if (start >= 0 || done.has(file)) return;
    path.push(file);
    for (const imported of next.get(file) ?? []) visit(imported);
    path.pop();
    done.add(file);
  };
  for (const file of next.keys()) visit(file);
  return [...cycles.values()];
}

function fromFirstName(cycle: readonly string[]): readonly string[] {
  const first = cycle.indexOf([...cycle].sort()[0]!);
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}

/** `start` and all of ours that is loaded with it. */
export function loadedWith(start: string, edges: readonly Edge[]): ReadonlySet<string> {
  const loaded = new Set([start]);
  for (const file of loaded) {
    for (const { from, to, ours, kind } of edges) {
      if (from === file && ours && kind !== "type") loaded.add(to);
    }
  }
  return loaded;
}
