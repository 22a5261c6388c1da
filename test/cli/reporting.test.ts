import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { COMMANDS } from "../../dist/cli/option-table.js";
import { manPage } from "../project/man-page.js";
import { compileFixture, ROOT } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectSchema } from "./expect-schema.js";
import { type Finished, ffiscope, MAIN, traceJson } from "./ffiscope.js";

const FLAGS = ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-pthread"];
const TOUCH = "int touch(unsigned char *p, long count)";

/** Runs the command with `input` on standard input. */
async function piped(input: string, ...words: string[]): Promise<Finished> {
  const child = spawn(process.execPath, [MAIN, "trace", ...words]);
  const said = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text) => {
      said[stream] += text;
    });
  }
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(input);
  const [code] = await once(child, "close");
  return { code, ...said };
}

describe("ffiscope trace reports", () => {
  let library: string;
  let folder: string;
  before(function () {
    needsCompiler(this);
    library = compileFixture("test/fixtures/native/hanging.c", FLAGS);
    folder = mkdtempSync(join(tmpdir(), "ffiscope-reporting-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("counts of all accesses, also those past --max-events", async () => {
    const { stdout } = await ffiscope("trace", "--max-events", "3", library, TOUCH, "out:10", "40");
    expect(stdout).to.include("\n40 reads, 40 writes (");
    expect(stdout).to.include("; the first 3 of 80 accesses are kept\n");
    expect(stdout).to.include("p  10 bytes: 8 read, 8 written, 2 untouched\n     0  BBBBBBBB ··\n");
    expect(stdout).to.include("\nfirst 3 of 80 accesses\n");
  });

  it("all accesses in order where they are asked for", async () => {
    const { stdout } = await ffiscope("trace", "--accesses=all", library, TOUCH, "out:8", "2000");
    const listed = stdout.match(/^ {2}(?:read|write) +1 {2}p\+\d/gm);
    expect(listed).to.have.length(4000);
  });

  for (const [signal, exitCode] of [
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const) {
    it(`what there was until ${signal}, which then ends the command`, async () => {
      const words = ["trace", "--json", library, "int loop(void)"];
      const child = spawn(process.execPath, [MAIN, ...words], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      let text = "";
      child.stdout.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      await once(child.stderr, "data");
      child.kill(signal);
      const [code, by] = await once(child, "close");
      expect({ code, by }).to.deep.equal({ code: exitCode, by: null });
      const report = JSON.parse(text);
      expect(report).to.include({ function: "loop", outcome: "cancelled", result: null });
      expectSchema(report);
    });
  }

  it("takes standard input for a file, once", async () => {
    const strlen = ["libc.so.6", "size_t strlen(const char *s)"];
    const cases = [
      piped("hello", ...strlen, "cstr@-"),
      piped(
        "unsigned long strlen(const char *s);",
        "--header",
        "-",
        "libc.so.6",
        "strlen",
        "hello",
      ),
      piped(
        "{\n  ours\n  ffiscope:out-of-bounds-read\n  fun:strlen\n}\n",
        "--suppressions",
        "-",
        ...strlen,
        "hello",
      ),
      piped("", "--suppressions", "-", ...strlen, "@-"),
    ];
    const [bytes, header, , twice] = await Promise.all(cases);
    expect(bytes!.stdout).to.include('strlen(s = "hello") = 5');
    expect(header!.stdout).to.include('strlen(s = "hello") = 5');
    expect(twice).to.deep.equal({
      code: 2,
      stdout: "",
      stderr:
        "ffiscope: standard input can be read once, and --suppressions - and @- want it. Give files for all but one of them\n",
    });
  });

  it("refuses data that is called as a function, by its name", async () => {
    for (const name of ["environ", "stdout"]) {
      const { code, stdout, stderr } = await ffiscope("trace", "libc.so.6", `int ${name}(void)`);
      expect({ code, stdout }).to.deep.equal({ code: 2, stdout: "" });
      expect(stderr).to.match(
        new RegExp(`^ffiscope: '${name}' of .* is data, not a function.*\n$`),
      );
    }
  });

  it("says of a free of a given buffer that it is that", async () => {
    for (const words of [
      ["void free(void *p)", "out:16"],
      ["void *realloc(void *p, size_t n)", "out:5", "9"],
    ]) {
      const { report } = await traceJson("libc.so.6", ...words);
      const name = /(\w+)\(/.exec(words[0]!)![1];
      expect(report.crash?.message).to.match(
        new RegExp(`^${name}\\(\\) was called on p, which malloc has not given out`),
      );
      expectSchema(report);
    }
    const { report } = await traceJson("libc.so.6", "void abort(void)");
    expect(report.crash?.message).to.match(/^the code gave up by itself/);
  });

  it("findings as SARIF and as annotations", async () => {
    const file = join(folder, "a.sarif");
    const { code, stdout } = await ffiscope(
      ...["trace", "--sarif", file, "--github", "libz.so.1"],
      ...["ulong crc32(ulong crc, const uint8_t *a, uint len)", "0", "hello", "6"],
    );
    expect(code).to.equal(1);
    const message =
      "crc32 reads 1 byte past the end of a (offset 5, size 5), at libz.so.1!crc32_z+0x";
    expect(stdout).to.include(
      `\n::error title=ffiscope%3A out-of-bounds-read in libz.so.1::${message}`,
    );
    const log = JSON.parse(readFileSync(file, "utf8"));
    expect(log).to.include({ version: "2.1.0" });
    const [{ tool, artifacts, results }] = log.runs;
    expect(artifacts).to.deep.equal([{ location: { uri: "libz.so.1" } }]);
    expect(results).to.have.length(1);
    expect(tool.driver.rules[results[0].ruleIndex].id).to.equal(results[0].ruleId);
    expect(results[0]).to.include({ ruleId: "out-of-bounds-read", level: "error" });
    expect(results[0].message.text).to.include(message);
    expect(results[0].locations[0].logicalLocations[0].name).to.equal("crc32");
    expect(readdirSync(folder)).to.deep.equal(["a.sarif"]);
    const printed = await ffiscope("trace", "--sarif", "-", library, "int fine(void)");
    expect(JSON.parse(printed.stdout)).to.have.property("version", "2.1.0");
    const both = await ffiscope("trace", "--json", "--sarif", "-", library, "int fine(void)");
    expect([both.code, both.stdout]).to.deep.equal([2, ""]);
    const bad = await ffiscope("trace", "--sarif", `${folder}/no/a`, library, "int fine(void)");
    expect({ code: bad.code, stdout: bad.stdout }).to.deep.equal({ code: 2, stdout: "" });
    expect(bad.stderr).to.match(/^ffiscope: --sarif '.*' cannot be written: .*\n$/);
    expect(bad.stderr).not.to.include(".tmp");
  });

  it("JSON that is as the schema has it, however the call ends", async () => {
    const calls = [
      ["libc.so.6", "char *strchr(const char *s, int c)", "hello", "108"],
      ["libc.so.6", "void exit(int code)", "3"],
      ["--timeout", "50", library, "int loop(void)"],
      [
        "libc.so.6",
        "div_t div(int a, int b)",
        "--declare",
        "typedef struct { int quot, rem; } div_t;",
        "7",
        "2",
      ],
      ["--max-events", "1", "libc.so.6", "size_t strlen(const uint8_t *s)", "hello"],
    ];
    const outcomes = [];
    for (const words of calls) {
      const { report } = await traceJson(...words);
      expectSchema(report);
      outcomes.push(report.outcome);
    }
    expect(outcomes).to.deep.equal(["returned", "exited", "timed-out", "returned", "returned"]);
    expect(() => expectSchema({ version: 2 })).to.throw();
  });
});

describe("ffiscope completion", () => {
  /** What bash offers behind `words`, of which the last is begun. */
  const offered = (...words: string[]) => {
    const script = `source <("$0" "$1" completion bash); shift; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _ffiscope; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const args = ["--norc", "-c", script, process.execPath, MAIN, "ffiscope", ...words];
    return execFileSync("bash", args, { encoding: "utf8" }).split("\n").filter(Boolean);
  };

  it("has bash complete commands, options and values", () => {
    expect(offered("tr")).to.deep.equal(["trace"]);
    expect(offered("trace", "--max")).to.deep.equal(["--max-events"]);
    expect(offered("trace", "--engine", "re")).to.deep.equal(["reference"]);
    expect(offered("trace", "--engine", "=", "re")).to.deep.equal(["reference"]);
    expect(offered("trace", "--engine", "=")).to.deep.equal(["auto", "reference"]);
    expect(offered("run", "--")).to.include.members(COMMANDS.run.options.map(({ name }) => name));
    expect(offered("run", "--", "--")).to.deep.equal([]);
    expect(offered("inspect", "trace", "--sar")).to.deep.equal(["--sarif"]);
    expect(offered("completion", "")).to.deep.equal(["bash", "zsh", "fish"]);
    expect(offered("trace", "--sarif", "")).to.deep.equal([]); // files are bash's own
  });

  it("names every option in each shell, and refuses others", async () => {
    for (const shell of ["zsh", "fish"]) {
      const { stdout, code } = await ffiscope("completion", shell);
      expect(code).to.equal(0);
      for (const { name } of COMMANDS.trace.options) expect(stdout).to.include(name.slice(2));
    }
    const { code, stderr } = await ffiscope("completion", "tcsh");
    expect({ code, stderr }).to.deep.equal({
      code: 2,
      stderr: "ffiscope: there is no completion for 'tcsh'. Give one of bash, zsh or fish\n",
    });
  });

  it("and the man page has every option, from the same table", () => {
    const text = readFileSync(join(ROOT, "man/ffiscope.1"), "utf8");
    expect(text, "npm run docs writes it").to.equal(manPage());
    for (const { options } of Object.values(COMMANDS)) {
      for (const { name } of options) expect(text).to.include(name.replaceAll("-", "\\-"));
    }
  });
});
