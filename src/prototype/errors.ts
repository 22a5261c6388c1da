import { quoted, UsageError } from "../model/index.js";
import type { Source } from "./source.js";

/** What an error points at: a token. */
interface Spot {
  readonly kind: string;
  readonly text: string;
  /** Its offset in the source. */
  readonly at: number;
  readonly source: Source;
}

/** `character 12 of the prototype`, `zlib.h:12`. */
const place = ({ source, at }: Spot): string => source.placeOf(at);

const found = (spot: Spot): string =>
  spot.kind === "end"
    ? `the ${spot.source.what} ends`
    : `${quoted(spot.text)} stands at ${place(spot)}`;

const EXAMPLE = "A prototype looks like 'size_t strlen(const char *s)'";

const CLOSERS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

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

  noText: (given: unknown) =>
    syntax(`C is text, and ${quoted(String(given))} is a value of type ${typeof given}`),

  tooLong: (length: number, most: number) =>
    syntax(
      `the text has ${length} characters, and a declaration of one function or type has at most ${most}`,
      "Give the declaration alone, without the rest of its header",
    ),

  openComment: (source: Source, at: number) =>
    syntax(`the comment that starts at ${source.placeOf(at)} does not end`, "Close it with */"),

  strayCharacter: (source: Source, at: number) =>
    syntax(
      `${source.placeOf(at)} is ${quoted(String.fromCodePoint(source.text.codePointAt(at)!))}, which no C declaration has`,
      "Remove it",
    ),

  openGroup: (spot: Spot) =>
    syntax(
      `the ${quoted(spot.text)} at ${place(spot)} is never closed`,
      `Add the missing '${CLOSERS[spot.text]}'`,
    ),

  unexpected: (token: Spot, expected: string) => syntax(`${found(token)} where ${expected} is due`),

  typedef: (spot: Spot) =>
    syntax(
      `a typedef stands at ${place(spot)}: it declares a type, not a function`,
      "Give the prototype of the function to call",
    ),

  body: (spot: Spot) =>
    syntax(
      `the function's body starts at ${place(spot)}`,
      "Give its prototype alone, up to the closing ')'",
    ),

  trailing: (token: Spot) =>
    syntax(
      `${quoted(token.text)} at ${place(token)} comes after the end of the prototype`,
      "Give one prototype, and nothing after it",
    ),

  tooDeep: (spot: Spot) => syntax(`what stands at ${place(spot)} is nested too deeply`),

  reference: (spot: Spot) =>
    syntax(
      `a C++ reference stands at ${place(spot)}: only C functions can be called`,
      "A reference is passed as a pointer: write '*' for '&', and the mangled name for the function's",
    ),

  definition: (spot: Spot, tag: string) =>
    syntax(`a ${tag} is defined at ${place(spot)}`, `Name it alone: '${tag} NAME *'`),

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
      `Write its parameters in parentheses after the name, '(void)' for none, or declare it: --declare, --header, scope.declare()`,
    ),

  functionPointer: (name: string) =>
    syntax(
      `${quoted(name)} is declared as a pointer to a function, not as a function`,
      `Write '${name}' without the parentheses and the '*'`,
    ),

  duplicateName: (spot: Spot) =>
    syntax(
      `a second parameter is named ${quoted(spot.text)} at ${place(spot)}`,
      "Give it another name",
    ),

  noSuchType: (spot: Spot, words: readonly Spot[]) =>
    syntax(
      `C has no type ${quoted(words.map(({ text }) => text).join(" "))}, which stands at ${place(spot)}`,
      "Write one type, and a ',' between parameters",
    ),

  voidValue: (spot: Spot) =>
    syntax(
      `a parameter at ${place(spot)} is void`,
      "Write '(void)' for a function without parameters, 'void *' for a pointer to anything",
    ),

  badDerivation: (what: string, spot: Spot) =>
    syntax(`${what} is declared at ${place(spot)}, which C does not have`),

  unknownType: (spot: Spot, near: string | null) =>
    new UsageError({
      code: "PROTOTYPE_UNKNOWN_TYPE",
      message: `the type ${quoted(spot.text)} at ${place(spot)} is not known`,
      remedy: near
        ? `Did you mean ${near}?`
        : "Write the C type it stands for, such as uint32_t, or void * for a pointer",
    }),

  vaList: (spot: Spot) =>
    unsupported(
      `${quoted(spot.text)} at ${place(spot)} cannot be made`,
      "Call the function's sibling that takes '...' instead",
    ),

  aggregate: (name: string, spot: Spot) =>
    unsupported(
      `${quoted(name)} at ${place(spot)} is passed by value, and its members are not known`,
      "Declare it: scope.declare(text) in a program, --declare TEXT or --header FILE of the command",
    ),

  unpassable: (name: string, spot: Spot) =>
    unsupported(
      `${quoted(name)} at ${place(spot)} is passed by value, which ffiscope cannot do`,
      "Call a function that takes or returns a double, an integer or a pointer instead",
    ),
};
