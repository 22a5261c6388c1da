/**
 * For bundle.mjs: has iced-x86 loaded when something of it is called. Its file takes a session 30 ms to
 * load, and with fragments few ever decode an instruction by it: what they were told of it when the
 * package was built is enough (scripts/encoding-classes/). Its enumerations are numbers then.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const iced = createRequire(import.meta.url)("iced-x86");
const CALLED = ["Decoder", "Instruction", "InstructionInfoFactory", "MemorySizeExt", "RegisterExt"];
const ENUMS = [
  ...["Code", "DecoderOptions", "FlowControl", "MemorySize", "Mnemonic", "OpAccess"],
  ...["OpCodeOperandKind", "OpKind", "Register"],
];

/** `folder`: where the compiled modules are that name its enumerators. */
export const icedLate = (folder) => ({
  name: "iced-late",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/x86\/decode\/iced-x86\.js$/ }, () => ({ contents: moduleText(folder) })),
});

function moduleText(folder) {
  const files = readdirSync(join(folder, "x86"), { recursive: true }).filter((name) =>
    name.endsWith(".js"),
  );
  const text = files.map((name) => readFileSync(join(folder, "x86", name), "utf8")).join("\n");
  const numbers = (name) => {
    const used = [...text.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, "g"))].map(([, key]) => key);
    const known = [...new Set(used)].filter((key) => key in iced[name]);
    return Object.fromEntries(known.map((key) => [key, iced[name][key]]));
  };
  return [
    "let loaded;",
    "const iced = () => (loaded ??= require('iced-x86'));", // the bundle's own require
    ...ENUMS.map((name) => `export const ${name} = ${JSON.stringify(numbers(name))};`),
    ...CALLED.map(
      (name) => `export const ${name} = new Proxy(class {}, {
        construct: (_, given) => new (iced().${name})(...given),
        get: (_, key) => iced().${name}[key],
      });`,
    ),
    "export const nameOfMnemonic = (mnemonic) => iced().Mnemonic[mnemonic];",
  ].join("\n");
}
