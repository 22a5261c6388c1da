import { type CType, quoted } from "../../model/index.js";
import { isOut, valueErrors, type Wording } from "../../values/index.js";

/** In characters: an example is to be read at a glance. */
const LONGEST_EXAMPLE = 20;

/** Shell quotes included. */
export function pointerRemedy(to: CType, value?: unknown): string {
  const given = String(value);
  const example = value === undefined ? exampleOf(to) : given;
  const shownExample = example.length <= LONGEST_EXAMPLE ? example : "5";
  const [string, array] = [`'"${shownExample}"'`, `'[${shownExample}]'`];
  switch (to.kind) {
    case "pointer": {
      const texts = to.to.kind === "int" && to.to.char ? `'["a","b",null]' for texts, ` : "";
      return `Write ${texts}null, out:N for N uninitialised pointers, or '[null,null]' for null ones`;
    }
    case "int":
      if (to.char && to.bytes === 1) {
        return `Write ${string} for text, out:N for N uninitialised bytes, or null`;
      }
      if (to.bytes > 1) {
        const text = to.char ? `${string} for text, ` : "";
        return `Write ${text}${array} for an array, out:N for N uninitialised elements, or null`;
      }
      return `Write ${array} for an array, ${string} for text, out:N for N uninitialised bytes, or null`;
    case "void":
      return `Write ${array} for bytes, ${string} for text, out:N for N uninitialised bytes, or null`;
    case "opaque":
      return `Write ${array} for bytes, @FILE for a file's, out:N for N uninitialised bytes, or null`;
    case "record":
      return `Write '${structExample(to)}' for one, '[${structExample(to)}]' for an array, @FILE for a file's bytes, out:N for N uninitialised ones, or null`;
    default:
      return `Write ${array} for an array, out:N for N uninitialised elements, or null`;
  }
}

/** By its first fields. */
function structExample({ fields }: Extract<CType, { kind: "record" }>): string {
  const named = fields.filter(({ name }) => name !== "").slice(0, 2);
  return `{${named.map(({ name }, i) => `"${name}":${i + 1}`).join(",")}}`;
}

function exampleOf({ kind }: CType): string {
  if (kind === "array") return "[1,2],[3,4]";
  return kind === "float" ? "1.5,2,3" : kind === "bool" ? "true,false" : "1,2,3";
}

function shown(value: unknown): string {
  if (isOut(value)) return quoted(`out:${value.length}`);
  return typeof value === "object" && value !== null ? "an array" : quoted(String(value));
}

const COMMAND: Wording = {
  verb: "Write",
  shown,
  pointerRemedy,
  integerRemedy: (value) =>
    value === "null" ? "Write 0" : "Write a whole number, such as 5, -5 or 0xff",
};

/** The errors of values that a command line gives. */
export const commandErrors = valueErrors(COMMAND);
