import { nearestName } from "../../model/index.js";

/** A shorter one is part of too many names. */
const SHORTEST_PART = 4;

/** The declared name that `asked` is most likely meant for: a slip, or `__gmpz_init` for `mpz_init`. */
export function nearestDeclared(asked: string, declared: Iterable<string>): string | null {
  const names = [...declared];
  const near = nearestName(asked, names);
  if (near !== null || asked.length < SHORTEST_PART) return near;
  const longer = names.filter((name) => name.endsWith(asked) || name.startsWith(asked));
  const [shortest] = longer.sort((a, b) => a.length - b.length);
  return shortest ?? nearestReserved(asked, names);
}

/** Of names with a prefix that a macro of the header hides: `__g` of `__gmpz_init`. */
function nearestReserved(asked: string, names: readonly string[]): string | null {
  const byEnd = new Map(
    names.flatMap((name) => {
      const bare = name.replace(/^__+/, "");
      return bare === name
        ? []
        : ([
            [bare, name],
            [bare.slice(1), name],
          ] as const);
    }),
  );
  const near = nearestName(asked, byEnd.keys());
  return near === null ? null : byEnd.get(near)!;
}
