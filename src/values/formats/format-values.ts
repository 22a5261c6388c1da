import type { CType, Signature } from "../../model/index.js";
import type { ValueErrors } from "../errors.js";
import type { Conversion } from "./conversion.js";
import { printfConversion } from "./printf.js";
import { scanfConversion } from "./scanf.js";

/** A value behind `...`, as a format describes it. */
export interface FormatValue {
  readonly type: CType;
  /** The conversion: `%5.2f`. */
  readonly text: string;
}

/** Functions whose name says that they take C's formats. */
const FORMATTERS = /(?:print|scan)f(?:_chk|_l|_s)?$/i;

/** Parameters whose name says it; strfmon(3) has letters of its own. */
const FORMATS = /^_*(?:format|fmt)$/i;
const OTHER_LETTERS = /^strfmon/;

/**
 * What a call's format takes behind `...`, where the text is given with the call. A format is the last
 * parameter before `...`, a pointer to characters, of a function whose name ends in `printf` or
 * `scanf`, or where the parameter is named `format` or `fmt`: then printf's letters, unless the
 * function's name has `scanf` in it. Null where there is none, or it has a conversion that C does not
 * know.
 *
 * @throws UsageError where it takes another number of values.
 */
export function formatValues(
  { name, parameters, variadic }: Signature,
  values: readonly unknown[],
  errors: ValueErrors,
): readonly FormatValue[] | null {
  const parameter = parameters.at(-1);
  const format = values[parameters.length - 1];
  if (!variadic || parameter?.type.kind !== "pointer" || typeof format !== "string") return null;
  const { to } = parameter.type;
  const isNamed = FORMATTERS.test(name);
  const isFormat = isNamed || (FORMATS.test(parameter.name) && !OTHER_LETTERS.test(name));
  if (to.kind !== "int" || !to.char || !isFormat) return null;
  const conversions = conversionsOf(format, /scanf/i.test(name));
  const taken = conversions && inOrder(conversions);
  if (!taken || (!isNamed && taken.length === 0)) return null;
  const got = values.length - parameters.length;
  if (taken.length !== got) throw errors.formatCount(name, format, taken.length, got);
  return taken.map(({ type, text }) => ({ type, text }));
}

function conversionsOf(format: string, isScanf: boolean): readonly Conversion[] | null {
  const all: Conversion[] = [];
  for (let at = format.indexOf("%"); at >= 0; ) {
    const found = isScanf ? scanfConversion(format, at) : printfConversion(format, at);
    if (!found) return null;
    all.push(...found.conversions);
    at = format.indexOf("%", found.end);
  }
  return all;
}

/** By the values that they take; null where those are not told one and all. */
function inOrder(conversions: readonly Conversion[]): readonly Conversion[] | null {
  if (conversions.every(({ position }) => position === null)) return conversions;
  const byPosition: Conversion[] = [];
  for (const conversion of conversions) {
    if (conversion.position === null) return null;
    byPosition[conversion.position] ??= conversion;
  }
  return byPosition.includes(undefined as never) ? null : byPosition;
}
