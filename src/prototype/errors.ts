import { quoted, UsageError } from "../model/index.js";
import type { Token } from "./token.js";

/** `character 12` counts from 1, as editors do. */
const place = (at: number): string => `character ${at + 1} of the prototype`;

const found = ({ kind, text, at }: Token): string =>
  kind === "end" ? "the prototype ends" : `${quoted(text)} stands at ${place(at)}`;

const EXAMPLE = "A prototype looks like 'size_t strlen(const char *s)'";

const syntax = (message: string, remedy: string = EXAMPLE): UsageError =>
  new UsageError({ code: "PROTOTYPE_SYNTAX", message, remedy });

const unsupported = (message: string, remedy: string): UsageError =>
  new UsageError({ code: "PROTOTYPE_UNSUPPORTED", message, remedy });

/** The errors of a prototype's text. */
export const prototypeErrors = {
  emptyType: () =>
    syntax("the type is empty", "A type looks like 'int', 'uint8_t[16]' or 'char *'"),

  notType: (token: Token) =>
    syntax(`${found(token)} where the type is to end`, "Give one type, without a name"),

  noSize: (text: string) =>
    syntax(
      `${quoted(text)} has no size, so no memory can be laid out for it`,
      "Give a type of C, struct({ … }) for a struct, or a size in bytes",
    ),

  empty: () => syntax("the prototype is empty"),

  tooLong: (length: number, most: number) =>
    syntax(
      `the text has ${length} characters, and a declaration of one function or type has at most ${most}`,
      "Give the declaration alone, without the rest of its header",
    ),

  openComment: (at: number) =>
    syntax(`the comment that starts at ${place(at)} does not end`, "Close it with */"),

  strayCharacter: (text: string, at: number) =>
    syntax(
      `${place(at)} is ${quoted(String.fromCodePoint(text.codePointAt(at)!))}, which no C declaration has`,
      "Remove it",
    ),

  openGroup: ({ text, at }: Token) =>
    syntax(
      `the ${quoted(text)} at ${place(at)} is never closed`,
      `Add the missing '${text === "(" ? ")" : "]"}'`,
    ),

  unexpected: (token: Token, expected: string) =>
    syntax(`${found(token)} where ${expected} is due`),

  typedef: ({ at }: Token) =>
    syntax(
      `a typedef stands at ${place(at)}: it declares a type, not a function`,
      "Give the prototype of the function to call",
    ),

  body: ({ at }: Token) =>
    syntax(
      `the function's body starts at ${place(at)}`,
      "Give its prototype alone, up to the closing ')'",
    ),

  trailing: (token: Token) =>
    syntax(
      `${quoted(token.text)} at ${place(token.at)} comes after the end of the prototype`,
      "Give one prototype, and nothing after it",
    ),

  tooDeep: ({ at }: Token) => syntax(`the parentheses at ${place(at)} are nested too deeply`),

  reference: ({ at }: Token) =>
    syntax(
      `a C++ reference stands at ${place(at)}: only C functions can be called`,
      "A reference is passed as a pointer: write '*' for '&', and the mangled name for the function's",
    ),

  definition: ({ at }: Token, tag: string) =>
    syntax(`a ${tag} is defined at ${place(at)}`, `Name it alone: '${tag} NAME *'`),

  missingType: (token: Token) => syntax(`${found(token)} where a type is due`),

  missingResult: (name: string) =>
    syntax(
      `the type that ${quoted(name)} returns is missing`,
      `Write 'int ${name}(...)' or 'void ${name}(...)'`,
    ),

  missingName: () => syntax("the function has no name"),

  noParameterList: (name: string) =>
    syntax(
      `${quoted(name)} has no list of parameters, so it is not a function`,
      `Write its parameters in parentheses after the name, '(void)' for none`,
    ),

  functionPointer: (name: string) =>
    syntax(
      `${quoted(name)} is declared as a pointer to a function, not as a function`,
      `Write '${name}' without the parentheses and the '*'`,
    ),

  duplicateName: ({ text, at }: Token) =>
    syntax(`a second parameter is named ${quoted(text)} at ${place(at)}`, "Give it another name"),

  noSuchType: ({ at }: Token, words: readonly Token[]) =>
    syntax(
      `C has no type ${quoted(words.map(({ text }) => text).join(" "))}, which stands at ${place(at)}`,
      "Write one type, and a ',' between parameters",
    ),

  voidValue: ({ at }: Token) =>
    syntax(
      `a parameter at ${place(at)} is void`,
      "Write '(void)' for a function without parameters, 'void *' for a pointer to anything",
    ),

  badDerivation: (what: string, { at }: Token) =>
    syntax(`${what} is declared at ${place(at)}, which C does not have`),

  unknownType: ({ text, at }: Token, near: string | null) =>
    new UsageError({
      code: "PROTOTYPE_UNKNOWN_TYPE",
      message: `the type ${quoted(text)} at ${place(at)} is not known`,
      remedy: near
        ? `Did you mean ${near}?`
        : "Write the C type it stands for, such as uint32_t, or void * for a pointer",
    }),

  vaList: ({ text, at }: Token) =>
    unsupported(
      `${quoted(text)} at ${place(at)} cannot be made from the command line`,
      "Call the function's sibling that takes '...' instead",
    ),

  aggregate: (name: string, { at }: Token) =>
    unsupported(
      `${quoted(name)} at ${place(at)} is passed by value, which ffiscope cannot do`,
      "Call a function that takes a pointer to it, or wrap this one in a function that does",
    ),

  unpassable: (name: string, { at }: Token) =>
    unsupported(
      `${quoted(name)} at ${place(at)} is passed by value, which ffiscope cannot do`,
      "Call a function that takes or returns a double, an integer or a pointer instead",
    ),
};
