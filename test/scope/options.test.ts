import { expect } from "chai";
import { type Library, Pool, Scope, type Signature, traceCall } from "ffiscope";
import { openInspector } from "ffiscope/inspector";
import { attach } from "ffiscope/tracee";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { fixtureLibrary, rejection } from "./support.js";

/** As JavaScript gives them: no type has looked at them. */
type Untyped = Parameters<typeof Scope.open>[0];
const untyped = (value: unknown) => value as never;

const refused = async (promise: Promise<unknown>) => {
  const error = (await rejection(promise)) as Error & { code?: string };
  return `${error.code}: ${error.message}`;
};

describe("options", () => {
  after(() => expectNothingLeft());

  const opened: [unknown, RegExp][] = [
    [
      { timeout: "5s" },
      /^INVALID_OPTION: Scope\.open: option 'timeout' is '5s', not a number of ms/,
    ],
    [{ timeut: 5 }, /^INVALID_OPTION: .*unknown option 'timeut'\. Did you mean 'timeout'\?/],
    [{ timeout: -1 }, /option 'timeout' is -1/],
    [{ timeout: null }, /option 'timeout' is null/],
    [{ startTimeout: Number.NaN }, /option 'startTimeout' is NaN/],
    [{ maxEvents: 1.5 }, /option 'maxEvents' is 1\.5/],
    [{ engine: "refrence" }, /option 'engine' is 'refrence'.*Did you mean 'reference'\?/],
    [{ heapBytes: "64k" }, /option 'heapBytes' is '64k'/],
    [{ stdoutToStderr: 1 }, /option 'stdoutToStderr' is 1, not true or false/],
    [{ env: { HOME: 5 } }, /option 'env\.HOME' is 5, not a string/],
    [{ inspect: true }, /option 'inspect' is true, not a function/],
    [{ hosts: 4 }, /unknown option 'hosts'/],
    ["fast", /what was given is 'fast', not an object/],
  ];
  for (const [options, message] of opened) {
    it(`of Scope.open: ${JSON.stringify(options)}`, async () => {
      expect(await refused(Scope.open(options as Untyped))).to.match(message);
    });
  }

  it("of Pool.open are a scope's, and its own", async () => {
    const open = (options: unknown) => refused(Pool.open(untyped(options)));
    expect(await open({ hosts: 0 })).to.match(
      /^INVALID_OPTION: Pool\.open: option 'hosts' is 0, not/,
    );
    expect(await open({ hosts: 1.5 })).to.match(/option 'hosts' is 1\.5/);
    expect(await open({ hosts: "4" })).to.match(/option 'hosts' is '4'/);
    expect(await open({ maxQueue: -1 })).to.match(/option 'maxQueue' is -1/);
    expect(await open({ maxQeue: 1 })).to.match(
      /unknown option 'maxQeue'\. Did you mean 'maxQueue'/,
    );
    expect(await open({ timeout: "5s" })).to.match(/Pool\.open: option 'timeout' is '5s'/);
  });

  it("of traceCall, whose arguments are needed", async () => {
    const trace = (request: unknown) => refused(traceCall(untyped(request)));
    const signature = {} as Signature;
    expect(await trace({ library: "libc.so.6", signature })).to.match(/option 'args' is missing/);
    expect(await trace({ library: "libc.so.6", signature, args: [], timeout: 5 })).to.match(
      /^INVALID_OPTION: traceCall: unknown option 'timeout'\. /,
    );
    expect(await trace({ library: "libc.so.6", signature, args: [], timeoutMs: "5" })).to.match(
      /option 'timeoutMs' is '5', not a number of ms, of at least 0, or Infinity or null/,
    );
  });

  it("of an inspector and of attach", async () => {
    expect(await refused(openInspector(untyped({ prot: 80 })))).to.match(
      /openInspector: unknown option 'prot'\. Did you mean 'port'/,
    );
    expect(await refused(openInspector(untyped({ history: { entires: 5 } })))).to.match(
      /unknown option 'history\.entires'\. Did you mean 'entries'/,
    );
    expect(await refused(attach(untyped({ heapsize: 5 })))).to.match(
      /attach: unknown option 'heapsize'\. Did you mean 'heapSize'/,
    );
  });

  describe("of what a scope and a pool are asked for", () => {
    let scope: Scope;
    let lib: Library;

    before(async function () {
      needsCompiler(this);
      scope = await Scope.open({ timeout: 20_000 });
      lib = await scope.load(fixtureLibrary());
    });

    after(() => scope?.close());

    it("name the key that a call does not know", async () => {
      const sum = lib.func("double half(double value, float factor)");
      const call = (options: unknown) => refused(sum(5, 0.5, untyped(options)));
      expect(await call({ timeut: 5 })).to.match(
        /^INVALID_OPTION: half: unknown option 'timeut'\. Did you mean 'timeout'/,
      );
      expect(await call({ timeout: "5s" })).to.match(/half: option 'timeout' is '5s'/);
      expect(await call({ signal: {} })).to.match(/'signal' is an object, not an AbortSignal/);
      expect(await call(5)).to.match(/^ARGUMENT_COUNT: /);
      expect((await sum(5, 0.5, {})).result).to.equal(2.5);
      expect((await sum(5, 0.5, { timeout: 20_000 })).result).to.equal(2.5);
    });

    it("name the key that load and alloc do not know", async () => {
      expect(await refused(scope.load("libc.so.6", untyped({ deap: true })))).to.match(
        /^INVALID_OPTION: load: unknown option 'deap'\. Did you mean 'deep'/,
      );
      expect(await refused(scope.alloc(4, untyped({ nmae: "x" })))).to.match(
        /^INVALID_OPTION: alloc: unknown option 'nmae'\. Did you mean 'name'/,
      );
      expect(await refused(scope.alloc("int", 5, untyped({ name: 5 })))).to.match(
        /alloc: option 'name' is 5, not a string/,
      );
      expect(await refused(scope.alloc(2.5))).to.match(/^ARGUMENT_VALUE: 2\.5 is no size/);
      expect(await refused(scope.alloc(-1))).to.match(/^ARGUMENT_VALUE: -1 is no size/);
    });
  });
});
