import { expect } from "chai";
import { ffiscope } from "./ffiscope.js";

const STRLEN = "size_t strlen(const char *s)";

describe("bad input on the command line", () => {
  const cases: [name: string, words: string[], says: RegExp][] = [
    ["no such library", ["libnope.so", "int f(void)"], /cannot load library 'libnope\.so'/],
    [
      "no such symbol",
      ["libc.so.6", "int no_such_function(void)"],
      /no function 'no_such_function'/,
    ],
    ["a broken prototype", ["libc.so.6", "size_t strlen("], /prototype/],
    ["an unknown type", ["libc.so.6", "widget f(void)"], /widget/],
    ["too few arguments", ["libc.so.6", STRLEN], /argument/],
    ["too many arguments", ["libc.so.6", STRLEN, "a", "b"], /argument/],
    ["text for a number", ["libc.so.6", "int abs(int j)", "x"], /'x'/],
    ["a number for a pointer", ["libc.so.6", STRLEN, "5"], /'5'/],
    ["an unreadable file", ["libc.so.6", STRLEN, "@/no/such/file"], /\/no\/such\/file/],
    ["an unknown option", ["--colour", "libc.so.6", STRLEN, "a"], /--colour/],
    ["an option without its value", ["libc.so.6", STRLEN, "a", "--timeout"], /--timeout/],
    ["no library", [], /LIBRARY|library/],
  ];
  for (const [name, words, says] of cases) {
    for (const json of [false, true]) {
      it(`${name} is exit code 2 and one line${json ? ", with --json too" : ""}`, async () => {
        const { code, stdout, stderr } = await ffiscope(
          "trace",
          ...(json ? ["--json"] : []),
          ...words,
        );
        expect(code).to.equal(2);
        expect(stdout).to.equal("");
        expect(stderr).to.match(/^ffiscope: [^\n]+\n$/);
        expect(stderr).to.match(says);
      });
    }
  }

  it("no command is exit code 2", async () => {
    expect((await ffiscope()).code).to.equal(2);
  });

  it("run of a program that is not there is exit code 2", async () => {
    const { code, stderr } = await ffiscope("run", "--", "no-such-program");
    expect(code).to.equal(2);
    expect(stderr).to.match(/^ffiscope: cannot start 'no-such-program'[^\n]+\n$/);
  });
});

describe("what needs no tracee", () => {
  it("--version prints the package's version", async () => {
    const { code, stdout } = await ffiscope("--version");
    expect(stdout).to.match(/^\d+\.\d+\.\d+\n$/);
    expect(code).to.equal(0);
  });

  it("--help explains the commands", async () => {
    const { code, stdout } = await ffiscope("--help");
    for (const command of ["trace", "run", "doctor"])
      expect(stdout).to.include(`ffiscope ${command}`);
    expect(code).to.equal(0);
  });

  it("doctor proves that tracing works here", async () => {
    const { code, stdout } = await ffiscope("doctor");
    expect(stdout).to.include("Tracing works on this machine.");
    expect(code).to.equal(0);
  });
});
