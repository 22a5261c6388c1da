import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";
import { cyclesOf, edgesOf } from "./imports/import-graph.js";
import { violationsOf } from "./imports/import-rule.js";
import { importsOf } from "./imports/import-statements.js";

const SRC = join(ROOT, "src");

describe("the import rule", () => {
  const sources = new Map(
    readdirSync(SRC, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => [path, readFileSync(join(SRC, path), "utf8")] as const),
  );
  const files = new Set(sources.keys());
  const edges = edgesOf(sources);

  it("imports point one way", () => {
    expect(violationsOf(files, edges)).to.deep.equal([]);
  });

  it("no file imports itself through others", () => {
    expect(cyclesOf(edges)).to.deep.equal([]);
  });

  it("what is imported is a dependency of the package", () => {
    const { dependencies, peerDependencies } = JSON.parse(
      readFileSync(join(ROOT, "package.json"), "utf8"),
    );
    const packages = edges.filter(({ ours, to }) => !ours && !to.startsWith("node:"));
    const undeclared = packages.filter(({ to }) => !(to in dependencies || to in peerDependencies));
    expect(undeclared).to.deep.equal([]);
    expect(packages.map(({ to }) => to)).to.include.members(["koffi", "xstate"]);
  });

  describe("catches", () => {
    const found = (...planted: readonly (readonly [path: string, source: string])[]) => {
      const tree = new Map([...sources, ...planted]);
      return violationsOf(new Set(tree.keys()), edgesOf(tree));
    };
    const cases: readonly (readonly [string, path: string, source: string, reason: string])[] = [
      [
        "an import from right to left",
        "native/planted.ts",
        'import { accessAt } from "../model/index.js";\nimport "../guard/guard.js";',
        "native/planted.ts:2 imports guard/guard.ts: guard is not to the right of native",
      ],
      [
        "one that is only for types",
        "model/planted.ts",
        'import type { Pid } from "../native/pidfd.js";',
        "model/planted.ts:1 imports native/pidfd.ts: native is not to the right of model",
      ],
      [
        "one between neighbours",
        "ipc/planted.ts",
        'export * from "../native/pidfd.js";',
        "ipc/planted.ts:1 imports native/pidfd.ts: native is not to the right of ipc",
      ],
      [
        "one through export",
        "engine/planted.ts",
        'export { attach } from "../tracee/index.js";',
        "engine/planted.ts:1 imports tracee/index.ts: tracee is not to the right of engine",
      ],
      [
        "a dynamic one",
        "tracee/planted.ts",
        'const load = () => import("../workers/tracer/tracer.js");',
        "tracee/planted.ts:1 imports workers/tracer/tracer.ts: workers is not to the right of tracee",
      ],
      [
        "report on machines",
        "report/planted.ts",
        'import { retcode } from "../machines/index.js";',
        "report/planted.ts:1 imports machines/index.ts: report stands on judge, values, symbols, model",
      ],
      [
        "judge on a session",
        "judge/planted.ts",
        'import type { CallRecord } from "../machines/index.js";',
        "judge/planted.ts:1 imports machines/index.ts: judge stands on symbols, model",
      ],
      [
        "a thread of the judge's own",
        "judge/planted.ts",
        'import { Worker } from "node:worker_threads";',
        "judge/planted.ts:1 imports node:worker_threads: judge needs no more than the language",
      ],
      [
        "native in the instruction set",
        "x86/planted.ts",
        'import { cpuid } from "../native/cpuid.js";',
        "x86/planted.ts:1 imports native/cpuid.ts: native is not to the right of x86",
      ],
      [
        "fragments in what system calls touch",
        "kernel/planted.ts",
        'import { Block } from "../fragments/cache/block.js";',
        "kernel/planted.ts:1 imports fragments/cache/block.ts: fragments is not to the right of kernel",
      ],
      [
        "the instruction set in what system calls touch",
        "kernel/planted.ts",
        'import { decodeInstruction } from "../x86/decode/index.js";',
        "kernel/planted.ts:1 imports x86/decode/index.ts: kernel stands on guard, threads, native, model",
      ],
      [
        "the engine in fragments",
        "fragments/planted.ts",
        'import type { AddressSpace } from "../engine/address-space.js";',
        "fragments/planted.ts:1 imports engine/address-space.ts: engine is not to the right of fragments",
      ],
      [
        "threads that know what is guarded",
        "threads/planted.ts",
        'import { Guard } from "../guard/guard.js";',
        "threads/planted.ts:1 imports guard/guard.ts: guard is not to the right of threads",
      ],
      [
        "the guard in the command line",
        "cli/planted.ts",
        'import { Guard } from "../guard/guard.js";',
        "cli/planted.ts:1 imports guard/guard.ts: cli reaches guard through machines",
      ],
      [
        "the kernel's part in what is traced",
        "tracee/planted.ts",
        'import "../kernel/watch.js";',
        "tracee/planted.ts:1 imports kernel/watch.ts: tracee stands on native, ipc, abi, symbols, model",
      ],
      [
        "iced outside x86",
        "fragments/planted.ts",
        'import { Decoder } from "iced-x86";',
        "fragments/planted.ts:1 imports iced-x86: only x86 may import iced-x86",
      ],
      [
        "piscina outside machines",
        "pool/planted.ts",
        'import { Piscina } from "piscina";',
        "pool/planted.ts:1 imports piscina: only machines may import piscina",
      ],
      [
        "msgpackr outside ipc",
        "tracee/planted.ts",
        'import { Unpackr } from "msgpackr";',
        "tracee/planted.ts:1 imports msgpackr: only ipc may import msgpackr",
      ],
      [
        "a worker's code in machines",
        "machines/planted.ts",
        'import { type TracerTask } from "../workers/tracer/messages.js";',
        "machines/planted.ts:1 imports workers/tracer/messages.ts: machines takes the types of workers/tracer/messages.ts and no more",
      ],
      [
        "a worker in the command line",
        "cli/planted.ts",
        'import type { TracerTask } from "../workers/tracer/messages.js";',
        "cli/planted.ts:1 imports workers/tracer/messages.ts: only machines knows workers",
      ],
      [
        "tracee's native part in scope",
        "scope/planted.ts",
        'import { attach } from "../tracee/attach.js";',
        "scope/planted.ts:1 imports tracee/attach.ts: scope takes of tracee what loads neither native nor ipc",
      ],
      [
        "koffi outside native",
        "engine/planted.ts",
        'import koffi from "koffi";',
        "engine/planted.ts:1 imports koffi: only native may import koffi",
      ],
      [
        "what only Node has in the inspector's page",
        "inspector/page/planted.ts",
        'import { createServer } from "node:http";',
        "inspector/page/planted.ts:1 imports node:http: the page runs in a browser",
      ],
      [
        "the server's part in the inspector's page",
        "inspector/page/planted.ts",
        'import { History } from "../history.js";',
        "inspector/page/planted.ts:1 imports inspector/history.ts: the page is served no other code than its own and inspector/timeline.ts",
      ],
      [
        "scope in the inspector",
        "inspector/planted.ts",
        'import { traceCall } from "../scope/index.js";',
        "inspector/planted.ts:1 imports scope/index.ts: scope is not to the right of inspector",
      ],
      [
        "xstate outside machines",
        "scope/planted.ts",
        'import type { Actor } from "xstate/actors";',
        "scope/planted.ts:1 imports xstate: only machines may import xstate",
      ],
      [
        "a folder that is not in the layout",
        "helpers/planted.ts",
        'import "../model/index.js";',
        "helpers/planted.ts:1 imports model/index.ts: helpers is not in the layout",
      ],
    ];
    for (const [what, path, source, reason] of cases) {
      it(what, () => expect(found([path, source])).to.deep.equal([reason]));
    }

    it("a cycle", () => {
      const tree = new Map([
        ["model/a.ts", 'import { b } from "./b.js";'],
        ["model/b.ts", 'import type { C } from "./c.js";'],
        ["model/c.ts", 'export { a } from "./a.js";\nimport "./d.js";'],
        ["model/d.ts", ""],
      ]);
      expect(cyclesOf(edgesOf(tree))).to.deep.equal([["model/a.ts", "model/b.ts", "model/c.ts"]]);
    });
  });

  describe("reads imports as", () => {
    const seen = (source: string) =>
      importsOf(source).map(({ kind, specifier }) => `${kind} ${specifier}`);

    it("they are written", () => {
      const source = `
        import a from "a"; import * as b from 'b'
        import { c, type C } from "c"
        import type { D } from "d"; import type E from "e";
        import type from "f";
        import g, { from } from "g";
        export * from "h"; export * as i from "i";
        export type { J } from "j"; export { k as default } from "k";
        import "l";
      `;
      expect(seen(source)).to.deep.equal([
        ...["value a", "value b", "value c", "type d", "type e", "value f", "value g"],
        ...["value h", "value i", "type j", "value k", "value l"],
      ]);
    });

    it("nothing that only looks like one", () => {
      const source = `
        // import "a";
        /* import "b"; */
        const text = 'import "c"', other = "import 'd'";
        const template = \`import "e" \${\`import "f" \${{ a: "}" }.a}\`} import "g"\`;
        const pattern = /["'\`/*]/, ratio = 1 / 2 / 3;
        export { pattern };
        export type From = { from: "h" };
        const at = import.meta.url;
        object.import("i");
        export const from = "j";
      `;
      expect(seen(source)).to.deep.equal([]);
    });

    it("calls and types of import() are written", () => {
      expect(seen(`let a = \`\${await import("a")}\`; type B = import("b").B;`)).to.deep.equal([
        ...["dynamic a", "dynamic b"],
      ]);
    });

    it("the compiler reads those of src", () => {
      const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
      const flags = ["--noEmit", "--explainFiles", "--pretty", "false"];
      const explained = [ROOT, join(SRC, "inspector/page")].map((project) => {
        const args = [tsc, "-p", project, ...flags];
        return execFileSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
      });
      const theirs = new Set<string>();
      let to = "";
      for (const line of explained.join("\n").split("\n")) {
        if (/^\S/.test(line)) to = line;
        const from = /^ +Imported via "[^"]+" from file 'src\/(.+)'$/.exec(line)?.[1];
        if (from && to.startsWith("src/")) theirs.add(`${from} → ${to.slice(4)}`);
      }
      const ours = edges.filter((edge) => edge.ours).map(({ from, to }) => `${from} → ${to}`);
      expect([...theirs].sort()).to.deep.equal([...new Set(ours)].sort());
    });

    it("V8 reads those that are left in dist", () => {
      const script = `
        const { readFileSync } = require("node:fs");
        const { SourceTextModule } = require("node:vm");
        const found = JSON.parse(readFileSync(0, "utf8")).map((file) => {
          const code = readFileSync("dist/" + file.replace(/ts$/, "js"), "utf8");
          return new SourceTextModule(code).dependencySpecifiers;
        });
        process.stdout.write(JSON.stringify(found));
      `;
      const flags = ["--experimental-vm-modules", "--no-warnings", "-e", script];
      // These have all that they import in them: scripts/bundle.mjs.
      const bundled = [
        "cli/command.ts",
        "cli/end.ts",
        "tracee/host.ts",
        "workers/tracer/tracer.ts",
      ];
      const apart = [...sources].filter(([file]) => !bundled.includes(file));
      expect(apart).to.have.length(sources.size - bundled.length);
      const input = JSON.stringify(apart.map(([file]) => file));
      const theirs = JSON.parse(
        execFileSync(process.execPath, flags, { cwd: ROOT, input, encoding: "utf8" }),
      ) as string[][];
      for (const [i, [file, source]] of apart.entries()) {
        const ours = importsOf(source).filter(({ kind }) => kind === "value");
        expect(theirs[i], file).to.deep.equal([...new Set(ours.map(({ specifier }) => specifier))]);
      }
    });
  });
});
