import { assertNever, type CType } from "../model/index.js";

/** In bytes. An array of no length, as a flexible member is, has none. */
export function sizeOf(type: CType): number {
  switch (type.kind) {
    case "bool":
      return 1;
    case "int":
    case "float":
    case "complex":
    case "enum":
      return type.bytes;
    case "pointer":
      return 8;
    case "array":
      return sizeOf(type.of) * (type.length ?? 0);
    case "record":
      return type.size;
    case "void":
    case "function":
    case "opaque":
      throw new TypeError(`a ${type.kind} type has no size`);
    default:
      return assertNever(type);
  }
}

/** In bytes. */
export function alignOf(type: CType): number {
  switch (type.kind) {
    case "array":
      return alignOf(type.of);
    case "record":
      return type.align;
    case "complex":
      return type.bytes / 2;
    default:
      return sizeOf(type);
  }
}
