/** A token of C. `at` is its offset in the prototype's text. */
export interface Token {
  readonly kind: "word" | "number" | "string" | "punctuator" | "end";
  readonly text: string;
  readonly at: number;
}
