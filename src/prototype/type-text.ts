import type { CType } from "../model/index.js";

/** `type` as C spells it, for messages. Fixed-width names stand for typedefs that were read. */
export function typeText(type: CType): string {
  switch (type.kind) {
    case "void":
    case "bool":
      return type.kind;
    case "float":
      return floatText(type.bytes);
    case "complex":
      return `${floatText((type.bytes / 2) as 4 | 8 | 16)} _Complex`;
    case "int":
      if (type.char) return characterText(type);
      if (type.bytes === 4 && type.signed) return "int";
      if (type.bytes === 16) return type.signed ? "__int128" : "unsigned __int128";
      return `${type.signed ? "" : "u"}int${type.bytes * 8}_t`;
    case "opaque":
    case "record":
    case "enum":
      return type.name;
    case "array":
      return arrayText(type);
    case "function":
      return type.text;
    case "pointer": {
      if (type.to.kind === "function") return type.to.text;
      if (type.to.kind === "array") return arrayText(type.to, type.const ? "(const *)" : "(*)");
      const to = typeText(type.to);
      if (type.to.kind === "pointer") return `${to}${type.const ? "const " : ""}*`;
      return `${type.const ? "const " : ""}${to} *`;
    }
  }
}

function floatText(bytes: 4 | 8 | 16): string {
  return bytes === 16 ? "long double" : bytes === 4 ? "float" : "double";
}

/** `int[2][3]`, `int (*)[3]`. */
function arrayText(type: Extract<CType, { kind: "array" }>, of = ""): string {
  let element: CType = type;
  let lengths = "";
  for (; element.kind === "array"; element = element.of) lengths += `[${element.length ?? ""}]`;
  return `${typeText(element)}${of && " "}${of}${lengths}`;
}

function characterText({ bytes, signed }: Extract<CType, { kind: "int" }>): string {
  if (bytes === 4) return signed ? "wchar_t" : "char32_t";
  return bytes === 2 ? "char16_t" : "char";
}
