import type { CType } from "../model/index.js";

/** `type` as C spells it, for messages. Fixed-width names stand for typedefs that were read. */
export function typeText(type: CType): string {
  switch (type.kind) {
    case "void":
    case "bool":
      return type.kind;
    case "float":
      return type.bytes === 4 ? "float" : "double";
    case "int":
      if (type.char) return characterText(type);
      if (type.bytes === 4 && type.signed) return "int";
      return `${type.signed ? "" : "u"}int${type.bytes * 8}_t`;
    case "opaque":
      return type.name;
    case "function":
      return type.text;
    case "pointer": {
      if (type.to.kind === "function") return type.to.text;
      const to = typeText(type.to);
      if (type.to.kind === "pointer") return `${to}${type.const ? "const " : ""}*`;
      return `${type.const ? "const " : ""}${to} *`;
    }
  }
}

function characterText({ bytes, signed }: Extract<CType, { kind: "int" }>): string {
  if (bytes === 4) return signed ? "wchar_t" : "char32_t";
  return bytes === 2 ? "char16_t" : "char";
}
