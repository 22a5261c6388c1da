import { quoted, UsageError } from "../model/index.js";

/** `character 12` counts from 1, as editors do. */
const place = (at: number): string => `character ${at + 1} of the prototype`;

/** What an error points at: a token of the prototype. */
interface Spot {
  readonly kind: string;
  readonly text: string;
  /** Its offset in the prototype. */
  readonly at: number;
}

const found = ({ kind, text, at }: Spot): string =>
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

  notType: (token: Spot) =>
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

  openGroup: ({ text, at }: Spot) =>
    syntax(
      `the ${quoted(text)} at ${place(at)} is never closed`,
      `Add the missing '${text === "(" ? ")" : "]"}'`,
    ),

  unexpected: (token: Spot, expected: string) => syntax(`${found(token)} where ${expected} is due`),

  typedef: ({ at }: Spot) =>
    syntax(
      `a typedef stands at ${place(at)}: it declares a type, not a function`,
      "Give the prototype of the function to call",
    ),

  body: ({ at }: Spot) =>
    syntax(
      `the function's body starts at ${place(at)}`,
      "Give its prototype alone, up to the closing ')'",
    ),

  trailing: (token: Spot) =>
    syntax(
      `${quoted(token.text)} at ${place(token.at)} comes after the end of the prototype`,
      "Give one prototype, and nothing after it",
    ),

  tooDeep: ({ at }: Spot) => syntax(`the parentheses at ${place(at)} are nested too deeply`),

  reference: ({ at }: Spot) =>
    syntax(
      `a C++ reference stands at ${place(at)}: only C functions can be called`,
      "A reference is passed as a pointer: write '*' for '&', and the mangled name for the function's",
    ),

  definition: ({ at }: Spot, tag: string) =>
    syntax(`a ${tag} is defined at ${place(at)}`, `Name it alone: '${tag} NAME *'`),

  missingType: (token: Spot) => syntax(`${found(token)} where a type is due`),

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

  duplicateName: ({ text, at }: Spot) =>
    syntax(`a second parameter is named ${quoted(text)} at ${place(at)}`, "Give it another name"),

  noSuchType: ({ at }: Spot, words: readonly Spot[]) =>
    syntax(
      `C has no type ${quoted(words.map(({ text }) => text).join(" "))}, which stands at ${place(at)}`,
      "Write one type, and a ',' between parameters",
    ),

  voidValue: ({ at }: Spot) =>
    syntax(
      `a parameter at ${place(at)} is void`,
      "Write '(void)' for a function without parameters, 'void *' for a pointer to anything",
    ),

  badDerivation: (what: string, { at }: Spot) =>
    syntax(`${what} is declared at ${place(at)}, which C does not have`),

  unknownType: ({ text, at }: Spot, near: string | null) =>
    new UsageError({
      code: "PROTOTYPE_UNKNOWN_TYPE",
      message: `the type ${quoted(text)} at ${place(at)} is not known`,
      remedy: near
        ? `Did you mean ${near}?`
        : "Write the C type it stands for, such as uint32_t, or void * for a pointer",
    }),

  vaList: ({ text, at }: Spot) =>
    unsupported(
      `${quoted(text)} at ${place(at)} cannot be made from the command line`,
      "Call the function's sibling that takes '...' instead",
    ),

  aggregate: (name: string, { at }: Spot) =>
    unsupported(
      `${quoted(name)} at ${place(at)} is passed by value, which ffiscope cannot do`,
      "Call a function that takes a pointer to it, or wrap this one in a function that does",
    ),

  unpassable: (name: string, { at }: Spot) =>
    unsupported(
      `${quoted(name)} at ${place(at)} is passed by value, which ffiscope cannot do`,
      "Call a function that takes or returns a double, an integer or a pointer instead",
    ),
};
