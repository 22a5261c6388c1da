import { type Edge, loadedWith } from "./import-graph.js";

/**
 * The layers, from left to right: each may import what is to its right, and nothing beside it.
 * `docs/architecture.md` says what each room is for.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["cli"],
  ["index", "chai"],
  ["assert"],
  ["pool"],
  ["scope", "inspector"],
  ["machines"],
  ["report"],
  ["judge"],
  ["values"],
  ["prototype"],
  ["workers", "tracee"],
  ["engine"],
  ["fragments", "kernel"],
  ["guard"],
  ["threads"],
  ["x86", "native", "ipc", "symbols"],
  ["abi"],
  ["model"],
];

/** Folders whose imports are fewer than those to their right. */
const ONLY: Readonly<Record<string, readonly string[]>> = {
  report: ["judge", "values", "symbols", "model"],
  judge: ["symbols", "model"],
  symbols: ["model"],
  inspector: ["report", "judge", "machines", "model"],
  values: ["prototype", "model"],
  prototype: ["model"],
  abi: ["model"],
  workers: [
    "engine",
    "guard",
    "threads",
    "x86",
    "native",
    "ipc",
    "abi",
    "symbols",
    "model",
    "fragments",
  ],
  tracee: ["native", "ipc", "abi", "symbols", "model"],
  kernel: ["guard", "threads", "native", "model"],
};

/** The one folder that may import a package. */
const HOMES: Readonly<Record<string, string>> = {
  koffi: "native",
  xstate: "machines",
  piscina: "machines",
  "iced-x86": "x86",
  msgpackr: "ipc",
};

/** Rooms that run anywhere: they open no file, start no thread and know no clock of their own. */
const PURE = new Set(["judge", "values", "prototype", "abi"]);

/** One sentence for each import that DESIGN.md's layout forbids. */
export function violationsOf(
  files: ReadonlySet<string>,
  edges: readonly Edge[],
): readonly string[] {
  return edges.flatMap((edge) => {
    const reason = edge.ours ? whyNotOurs(edge, files, edges) : whyNotPackage(edge);
    return reason ? [`${edge.from}:${edge.line} imports ${edge.to}: ${reason}`] : [];
  });
}

/** What runs beside a session, and what runs in its worker: the machines are between them. */
const ABOVE_MACHINES = new Set(["cli", "index", "chai", "assert", "pool", "scope"]);
const BELOW_MACHINES = new Set([
  ...["engine", "fragments", "kernel", "guard", "threads", "x86", "native"],
]);

/** What runs in the browser. */
const PAGE = "inspector/page/";

/** Code that the page is served, beside its own. */
const SERVED = "inspector/timeline.ts";

function whyNotPackage({ from, to }: Edge): string | null {
  if (isPage(from)) return "the page runs in a browser";
  if (PURE.has(folderOf(from))) return `${folderOf(from)} needs no more than the language`;
  const home = HOMES[to];
  return home && folderOf(from) !== home ? `only ${home} may import ${to}` : null;
}

function whyNotOurs(edge: Edge, files: ReadonlySet<string>, edges: readonly Edge[]): string | null {
  const { from, to, kind } = edge;
  if (!files.has(to)) return "there is no such file in src";
  const [here, there] = [folderOf(from), folderOf(to)];
  if (isPage(from) && kind !== "type" && !to.startsWith(PAGE) && to !== SERVED) {
    return `the page is served no other code than its own and ${SERVED}`;
  }
  if (here === there) return null;
  const [left, right] = [layerOf(here), layerOf(there)];
  if (left < 0) return `${here} is not in the layout`;
  if (right < 0) return `${there} is not in the layout`;
  if (right === left) return `${there} is not to the right of ${here}`;
  if (ONLY[here] && !ONLY[here].includes(there))
    return `${here} stands on ${ONLY[here].join(", ")}`;
  if (right < left) return `${there} is not to the right of ${here}`;
  if (there === "workers") return whyNotWorkers(here, edge);
  if (here === "scope" && there === "ipc" && kind !== "type") return "scope takes types of ipc";
  if (here === "scope" && there === "tracee" && kind !== "type" && !isPure(to, edges)) {
    return "scope takes of tracee what loads neither native nor ipc";
  }
  if (ABOVE_MACHINES.has(here) && BELOW_MACHINES.has(there)) {
    return `${here} reaches ${there} through machines`;
  }
  return null;
}

/** Also the code that it is served. */
const isPage = (file: string) => file.startsWith(PAGE) || file === SERVED;

/** A worker runs on a thread of its own: who imports it runs it on this one. */
function whyNotWorkers(here: string, { to, kind }: Edge): string | null {
  if (here !== "machines") return "only machines knows workers";
  const known = to === "workers/tracer/messages.ts" && kind === "type";
  return known ? null : "machines takes the types of workers/tracer/messages.ts and no more";
}

function isPure(file: string, edges: readonly Edge[]): boolean {
  return ![...loadedWith(file, edges)].some((loaded) => /^(?:native|ipc)$/.test(folderOf(loaded)));
}

/** `index.ts` is a layer of its own. */
function folderOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : file.replace(/\.ts$/, "");
}

function layerOf(folder: string): number {
  return LAYERS.findIndex((layer) => layer.includes(folder));
}
