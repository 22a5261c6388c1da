import { assertNever, type CType } from "../model/index.js";
import type { Layout } from "./layout.js";

/**
 * The value that lies at `offset`: integers past 2^53 and addresses as BigInt, null for NULL. A bool that
 * is neither 0 nor 1 is the number that it is.
 */
export function readValue(view: DataView, layout: Layout, offset: number): unknown {
  switch (layout.kind) {
    case "scalar":
      return readScalar(view, offset, layout.type);
    case "pointer":
      return view.getBigUint64(offset, true) || null;
    case "array":
      return Array.from({ length: layout.length ?? 0 }, (_, i) =>
        readValue(view, layout.of, offset + i * layout.of.size),
      );
    case "struct":
      return Object.fromEntries(
        layout.fields.map(([name, at, field]) => [name, readValue(view, field, offset + at)]),
      );
    default:
      return assertNever(layout);
  }
}

function readScalar(view: DataView, offset: number, type: CType): number | bigint | boolean {
  if (type.kind === "bool") {
    const byte = view.getUint8(offset);
    return byte > 1 ? byte : byte === 1;
  }
  if (type.kind === "float") {
    return type.bytes === 4 ? view.getFloat32(offset, true) : view.getFloat64(offset, true);
  }
  const [bytes, signed] = type.kind === "int" ? [type.bytes, type.signed] : [1, false];
  let integer = 0n;
  for (let byte = 0; byte < bytes; byte++) {
    integer |= BigInt(view.getUint8(offset + byte)) << BigInt(byte * 8);
  }
  const value = signed ? BigInt.asIntN(bytes * 8, integer) : integer;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
