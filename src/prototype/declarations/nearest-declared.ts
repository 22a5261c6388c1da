import { nearestName } from "../../model/index.js";

/** A shorter one is part of too many names. */
const SHORTEST_PART = 4;

/** The declared name that `asked` is most likely meant for: a slip, or `__gmpz_init` for `mpz_init`. */
export function nearestDeclared(asked: string, declared: Iterable<string>): string | null {
  const names = [...declared];
  const near = nearestName(asked, names);
  if (near !== null || asked.length < SHORTEST_PART) return near;
  const longer = names.filter((name) => name.endsWith(asked) || name.startsWith(asked));
  return longer.sort((a, b) => a.length - b.length)[0] ?? null;
}
