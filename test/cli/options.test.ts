import { expect } from "chai";
import { parseArguments } from "../../dist/cli/arguments/index.js";
import { type Command, type CommandName, parseCommandLine } from "../../dist/cli/options.js";
import { helpText } from "../../dist/cli/usage.js";
import { UsageError } from "../../dist/model/index.js";
import { parsePrototype } from "../../dist/prototype/index.js";

const PROTOTYPE = "int f(int a, double b)";
const trace = (...words: string[]) =>
  parseCommandLine(["trace", ...words]) as Command & { command: "trace" };
const run = (...words: string[]) =>
  parseCommandLine(["run", ...words]) as Command & { command: "run" };

function rejection(words: readonly string[]): UsageError {
  try {
    parseCommandLine(words);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`${words.join(" ")} was taken`);
}

describe("ffiscope trace", () => {
  const defaults = {
    json: false,
    html: null,
    sarif: null,
    github: false,
    accesses: 10,
    color: "auto",
    engine: "auto",
    timeoutMs: null,
    stackBytes: 8 * 1024 * 1024,
    startTimeoutMs: 10_000,
    maxEvents: 10_000_000,
    deep: true,
    suppressions: [],
    declarations: [],
    defaultSuppressions: true,
    inspect: null,
  };

  it("has its defaults", () => {
    expect(trace("lib.so", PROTOTYPE, "5", "x")).to.deep.equal({
      command: "trace",
      library: "lib.so",
      prototype: PROTOTYPE,
      args: ["5", "x"],
      options: defaults,
    });
  });

  it("takes negative numbers and a lone - for arguments", () => {
    const numbers = ["-5", "-0.25", "-.5", "-0x10", "-1e9", "-inf", "-nan", "-Infinity", "-"];
    expect(trace("lib.so", PROTOTYPE, ...numbers).args).to.deep.equal(numbers);
  });

  it("takes options before, among and after the arguments", () => {
    const { args, options } = trace(
      "--json",
      "lib.so",
      "--timeout",
      "50",
      PROTOTYPE,
      "-5",
      "--html=r.html",
      "x",
      "--no-deep",
    );
    expect(args).to.deep.equal(["-5", "x"]);
    expect(options).to.deep.equal({
      ...defaults,
      json: true,
      html: "r.html",
      timeoutMs: 50,
      deep: false,
    });
  });

  it("takes everything after -- for an argument", () => {
    const { args, options } = trace("lib.so", PROTOTYPE, "--", "--json", "--", "-x", "--help");
    expect(args).to.deep.equal(["--json", "--", "-x", "--help"]);
    expect(options).to.deep.equal(defaults);
  });

  it("takes --option value and --option=value", () => {
    const options = {
      ...defaults,
      engine: "reference",
      maxEvents: 0,
      startTimeoutMs: 5,
      html: "a=b",
      suppressions: ["own.supp"],
    };
    const words = [
      ["--engine", "reference"],
      ["--max-events", "0"],
      ["--start-timeout", "5"],
      ["--html", "a=b"],
      ["--suppressions", "own.supp"],
    ];
    expect(trace("l", "p", ...words.flat()).options).to.deep.equal(options);
    expect(trace("l", "p", ...words.map((pair) => pair.join("="))).options).to.deep.equal(options);
  });

  it("lets the last one of an option count", () => {
    expect(trace("l", "p", "--timeout=1", "--timeout=2").options.timeoutMs).to.equal(2);
  });
});

describe("ffiscope run", () => {
  it("leaves the program's own options alone", () => {
    const options = {
      events: "e.ndjson",
      engine: "auto",
      startTimeoutMs: 200,
      maxEvents: 10_000_000,
      inspect: null,
    };
    const expected = {
      command: "run",
      program: "prog",
      args: ["--events", "x", "-v", "--"],
      options,
    };
    const ours = ["--events", "e.ndjson", "--start-timeout=200"];
    expect(run(...ours, "--", "prog", "--events", "x", "-v", "--")).to.deep.equal(expected);
    expect(run(...ours, "prog", "--events", "x", "-v", "--")).to.deep.equal(expected);
  });

  it("takes a program whose name starts with - after --", () => {
    expect(run("--", "-prog").program).to.equal("-prog");
  });

  it("takes --engine and --max-events, and has its defaults", () => {
    expect(run("--engine=reference", "--max-events", "3", "p").options).to.deep.equal({
      events: null,
      engine: "reference",
      startTimeoutMs: 10_000,
      maxEvents: 3,
      inspect: null,
    });
  });
});

describe("ffiscope inspect", () => {
  const page = { port: 0, until: "closed" };
  const inspect = (...words: string[]) =>
    parseCommandLine(["inspect", ...words]) as Command & { command: "trace" | "run" };

  it("is trace or run with --inspect, and a run of anything else", () => {
    expect(inspect("trace", "l", "p", "-5")).to.deep.equal(trace("--inspect", "l", "p", "-5"));
    expect(inspect("run", "--", "trace", "-v")).to.deep.equal(run("--inspect", "trace", "-v"));
    const options = ["--max-events", "5"];
    expect(inspect(...options, "--", "run")).to.deep.equal(run("--inspect", ...options, "run"));
    expect(inspect("prog", "--inspect-port", "x").options).to.deep.include({ inspect: page });
  });

  it("has an option for the port and one for the end, and each asks for the page", () => {
    expect(trace("--inspect", "l", "p").options.inspect).to.deep.equal(page);
    expect(trace("l", "p", "--inspect-port=8080").options.inspect).to.deep.equal({
      ...{ port: 8080, until: "closed" },
    });
    expect(run("--inspect-until", "exit", "p").options.inspect).to.deep.equal({
      ...{ port: 0, until: "exit" },
    });
  });
});

describe("ffiscope", () => {
  const commands: [string[], Command][] = [
    [["doctor"], { command: "doctor" }],
    [["--version"], { command: "version" }],
    [["--help"], { command: "help", topic: null }],
    [["-h"], { command: "help", topic: null }],
    [["help"], { command: "help", topic: null }],
    [["help", "run"], { command: "help", topic: "run" }],
    [["--help", "trace"], { command: "help", topic: "trace" }],
    [["trace", "--help"], { command: "help", topic: "trace" }],
    [["trace", "lib.so", "int f(void)", "-h"], { command: "help", topic: "trace" }],
    [["run", "--help"], { command: "help", topic: "run" }],
    [["inspect", "--help"], { command: "help", topic: "inspect" }],
    [["inspect", "trace", "--help"], { command: "help", topic: "trace" }],
    [["help", "inspect"], { command: "help", topic: "inspect" }],
    [["doctor", "--help"], { command: "help", topic: "doctor" }],
  ];
  for (const [words, command] of commands) {
    it(words.join(" "), () => expect(parseCommandLine(words)).to.deep.equal(command));
  }

  it("leaves a program its --help", () => {
    expect(run("prog", "--help").args).to.deep.equal(["--help"]);
  });

  const refusals: [string[], string, RegExp][] = [
    [[], "NO_COMMAND", /Give one of trace, run, inspect, doctor or completion/],
    [["trcae"], "UNKNOWN_COMMAND", /Did you mean trace\?/],
    [["frobnicate"], "UNKNOWN_COMMAND", /'frobnicate'/],
    [["help", "rnu"], "UNKNOWN_COMMAND", /Did you mean run\?/],
    [["--verison"], "UNKNOWN_OPTION", /Did you mean --version\?/],
    [["trace"], "MISSING_OPERAND", /needs a LIBRARY and a PROTOTYPE/],
    [["trace", ""], "MISSING_OPERAND", /LIBRARY/],
    [["trace", "libz.so.1"], "MISSING_OPERAND", /needs the function's PROTOTYPE/],
    [["trace", "l", "p", "--jsno"], "UNKNOWN_OPTION", /Did you mean --json\?/],
    [["trace", "l", "p", "--jsno=1"], "UNKNOWN_OPTION", /'--jsno'.*--json/],
    [["trace", "l", "p", "-x"], "UNKNOWN_OPTION", /put -- before the arguments/],
    [["trace", "l", "p", "--events", "f"], "UNKNOWN_OPTION", /trace has no option '--events'/],
    [
      ["trace", "l", "p", "--html"],
      "OPTION_NEEDS_VALUE",
      /--html needs a value\. Write --html FILE/,
    ],
    [["trace", "l", "p", "--html="], "OPTION_NEEDS_VALUE", /--html needs a value/],
    [["trace", "l", "p", "--html", "--json"], "OPTION_NEEDS_VALUE", /--html needs a value/],
    [["trace", "l", "p", "--json=yes"], "OPTION_TAKES_NO_VALUE", /--json takes no value.*'yes'/],
    [["trace", "l", "p", "--timeout", "soon"], "BAD_OPTION_VALUE", /in milliseconds.*'soon'/],
    [["trace", "l", "p", "--timeout", "0"], "BAD_OPTION_VALUE", /1 to 2147483647/],
    [["trace", "l", "p", "--timeout", "-5"], "BAD_OPTION_VALUE", /'-5'/],
    [["trace", "l", "p", "--timeout", "1.5"], "BAD_OPTION_VALUE", /'1.5'/],
    [["trace", "l", "p", "--timeout", "9999999999"], "BAD_OPTION_VALUE", /2147483647/],
    [["trace", "l", "p", "--max-events", "many"], "BAD_OPTION_VALUE", /a whole number/],
    [["trace", "l", "p", "--engine", "fast"], "BAD_OPTION_VALUE", /auto or reference.*'fast'/],
    [["run"], "MISSING_OPERAND", /run needs a PROGRAM/],
    [["run", "--"], "MISSING_OPERAND", /run needs a PROGRAM/],
    [["run", "--json", "p"], "UNKNOWN_OPTION", /run has no option '--json'.*run --help/],
    [["run", "--event", "f", "p"], "UNKNOWN_OPTION", /Did you mean --events\?/],
    [["inspect"], "MISSING_OPERAND", /inspect needs a PROGRAM.*trace/],
    [["inspect", "trace"], "MISSING_OPERAND", /trace needs a LIBRARY and a PROTOTYPE/],
    [["inspect", "--jsno", "p"], "UNKNOWN_OPTION", /inspect has no option '--jsno'/],
    [["run", "--inspect-port", "70000", "p"], "BAD_OPTION_VALUE", /a port, 0 to 65535/],
    [["run", "--inspect-until", "now", "p"], "BAD_OPTION_VALUE", /exit or closed.*'now'/],
    [["doctor", "now"], "UNEXPECTED_OPERAND", /doctor takes no argument.*'now'/],
    [["doctor", "--json"], "UNKNOWN_OPTION", /doctor has no option/],
  ];
  for (const [words, code, message] of refusals) {
    it(`refuses: ${words.join(" ") || "nothing"}`, () => {
      const error = rejection(words);
      expect(error.code).to.equal(code);
      expect(error.message).to.match(message).and.not.include("\n");
      expect(error.remedy).to.be.a("string").and.not.be.empty;
    });
  }

  it("shows any word on one line", () => {
    expect(rejection([`two\nlines${"x".repeat(500)}`]).message)
      .to.match(/'two\\nlines/)
      .and.to.have.length.below(200);
  });
});

describe("helpText", () => {
  for (const topic of [null, "trace", "run", "inspect", "doctor"] as const) {
    it(`${topic ?? "general"}: fits a terminal and explains the exit codes`, () => {
      const text = helpText(topic);
      expect(text)
        .to.match(/Exit codes/)
        .and.match(/\n$/);
      for (const line of text.split("\n")) expect(line.length, line).to.be.at.most(92);
    });
  }

  it("has examples that the parsers take", () => {
    const examples = [...helpText("trace").matchAll(/^ {2}ffiscope (trace .*(?:\n {6}.*)*)/gm)];
    expect(examples).to.have.length.above(3);
    for (const [, line] of examples) {
      const words = line!.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll("'", ""));
      const command = parseCommandLine(words) as Command & { command: "trace" };
      parseArguments(parsePrototype(command.prototype), command.args, () => new Uint8Array(4));
    }
  });

  it("names every option that a command takes", () => {
    const options = {
      trace: [
        "--json",
        "--html",
        "--engine",
        "--timeout",
        "--start-timeout",
        "--max-events",
        "--no-deep",
        "--inspect",
      ],
      run: ["--events", "--engine", "--start-timeout", "--max-events", "--inspect"],
      inspect: ["--inspect-port", "--inspect-until"],
    };
    for (const [topic, names] of Object.entries(options)) {
      for (const name of names) expect(helpText(topic as CommandName)).to.include(`  ${name} `);
    }
  });
});
