/** A text of C, and how messages call a place in it. */
export interface Source {
  readonly text: string;
  /** For messages: `prototype`. */
  readonly what: string;
  /** `at`: an offset in the text. */
  placeOf(at: number): string;
}

/** One prototype or type. `character 12` counts from 1, as editors do. */
export function prototypeSource(text: string): Source {
  return { text, what: "prototype", placeOf: (at) => `character ${at + 1} of the prototype` };
}
