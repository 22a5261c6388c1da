import {
  type AddressRange,
  PAGE_SIZE,
  pageOf,
  type TraceeAddress,
  USER_SPACE_END,
} from "../model/index.js";
import { type Mapping, PROT_EXEC, PROT_NONE } from "../native/memory/maps.js";
import {
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_REMOVE,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MREMAP_DONTUNMAP,
  MREMAP_FIXED,
  SHM_ALIGNMENT,
  SHM_EXEC,
  SHM_REMAP,
  SHM_RND,
} from "../native/memory/mmap.js";
import {
  SYS_BRK,
  SYS_MADVISE,
  SYS_MMAP,
  SYS_MPROTECT,
  SYS_MREMAP,
  SYS_MUNMAP,
  SYS_PKEY_MPROTECT,
  SYS_REMAP_FILE_PAGES,
  SYS_SHMAT,
  SYS_SHMDT,
} from "../native/syscall-numbers.js";
import { heapFrom, mappingAt, segmentAt } from "./mapping-ranges.js";

/**
 * What a system call may do to mappings, as its arguments tell at its entry. Ranges are whole
 * pages.
 */
export interface MappingChange {
  /** Memory whose mapping or content it changes: that memory has to be in its place. */
  readonly acts: readonly AddressRange[];
  /** Where it may put a mapping: no view of ours may lie there. */
  readonly puts: readonly AddressRange[];
  /**
   * What it acts on has to be accessible as the program set it: the call fails without that access,
   * or moves the protection along with the pages.
   */
  readonly asProgramHasIt: boolean;
  /** The protection that it sets on what it acts on (PROT_* bits); null: none. */
  readonly protection: number | null;
  /** It may make memory executable. */
  readonly makesCode: boolean;
  /** Where there is another mapping or none once the call has succeeded with `result`. */
  replaced(result: number): readonly AddressRange[];
}

/** All mappings, in order of address. They are read when they are asked for. */
export type ReadMappings = () => readonly Mapping[];

/** The arguments of a call as unsigned numbers. Registers past its last argument hold anything. */
type Args = readonly [number, number, number, number, number];

/** A row of the table: how the call differs from {@link NOTHING}. */
type Row = (args: Args, mappings: ReadMappings) => Partial<MappingChange>;

const NOTHING: MappingChange = {
  acts: [],
  puts: [],
  asProgramHasIt: false,
  protection: null,
  makesCode: false,
  replaced: () => [],
};

const protect: Row = ([start, length, protection]) => ({
  acts: [span(start, length)],
  protection,
  makesCode: (protection & PROT_EXEC) !== 0,
});

/** mmap(2). An address without MAP_FIXED is a hint: nothing is replaced. */
const map: Row = ([start, length, protection, flags]) => {
  const replaces = (flags & MAP_FIXED) !== 0 && (flags & MAP_FIXED_NOREPLACE) === 0;
  const place = start === 0 ? [] : [span(start, length)];
  return {
    acts: replaces ? place : [],
    puts: place,
    makesCode: (protection & PROT_EXEC) !== 0,
    replaced: (result) => (replaces ? [span(result, length)] : []),
  };
};

const unmap: Row = ([start, length]) => {
  const acts = [span(start, length)];
  return { acts, replaced: () => acts };
};

/** mremap(2). An old length of 0 maps the shared memory at `start` a second time. */
const remap: Row = ([start, length, newLength, flags, to]) => {
  const puts = flags & MREMAP_FIXED ? [span(to, newLength)] : [];
  return {
    acts: [span(start, length === 0 ? newLength : length), ...puts],
    puts,
    asProgramHasIt: true,
    replaced: (result) => {
      if (result === start) return [span(start + newLength, length - newLength)];
      const stays = length === 0 || (flags & MREMAP_DONTUNMAP) !== 0;
      return stays ? puts : [span(start, length), ...puts];
    },
  };
};

/** madvise(2). Some advice is refused for inaccessible pages. */
const advise: Row = ([start, length, advice]) => ({
  acts: [span(start, length)],
  asProgramHasIt: [MADV_REMOVE, MADV_POPULATE_READ, MADV_POPULATE_WRITE].includes(advice),
});

/** brk(2) returns the end of the heap, unchanged where it has refused to move it. */
const setBreak: Row = ([wanted], mappings) => {
  const acts = wanted === 0 ? [] : heapFrom(pageEnd(wanted), mappings());
  return {
    acts,
    replaced: (result) => acts.map(({ end }) => range(pageEnd(result), end)),
  };
};

/** shmat(2). Its arguments do not tell the size: it may take anything behind the address. */
const attach: Row = ([, address, flags], mappings) => {
  const start = flags & SHM_RND ? address - (address % SHM_ALIGNMENT) : address;
  const puts = address === 0 ? [] : [range(start, USER_SPACE_END)];
  const replaces = (flags & SHM_REMAP) !== 0;
  return {
    acts: replaces ? puts : [],
    puts,
    makesCode: (flags & SHM_EXEC) !== 0,
    replaced: (result) => (replaces ? mappingAt(result, mappings()) : []),
  };
};

/** shmdt(2) unmaps all that is left of a segment. */
const detach: Row = ([address], mappings) => {
  const acts = segmentAt(address, mappings());
  return { acts, replaced: () => acts };
};

/**
 * remap_file_pages(2) maps other pages of the same file, with the protection that the range has.
 */
const remapFilePages: Row = ([start, length]) => ({
  acts: [span(start, length)],
  asProgramHasIt: true,
});

/** The system calls that change mappings, or what is in them, by address. */
const ROWS: ReadonlyMap<number, Row> = new Map([
  [SYS_MMAP, map],
  [SYS_MPROTECT, protect],
  [SYS_MUNMAP, unmap],
  [SYS_BRK, setBreak],
  [SYS_MREMAP, remap],
  [SYS_MADVISE, advise],
  [SYS_SHMAT, attach],
  [SYS_SHMDT, detach],
  [SYS_REMAP_FILE_PAGES, remapFilePages],
  [SYS_PKEY_MPROTECT, protect],
]);

/** What a system call does to mappings; null for one that changes none. */
export function mappingChange(
  number: number,
  args: readonly number[],
  mappings: ReadMappings,
): MappingChange | null {
  const row = ROWS.get(number);
  if (!row) return null;
  const change = { ...NOTHING, ...row(args as unknown as Args, mappings) };
  const { acts, puts } = change;
  return {
    ...change,
    acts: acts.filter(isNotEmpty),
    puts: puts.filter(isNotEmpty),
    replaced: (result) => change.replaced(result).filter(isNotEmpty),
  };
}

/** It makes memory inaccessible and changes nothing else: the memory may stay moved. */
export function closesMemory({ protection }: MappingChange): boolean {
  return protection === PROT_NONE;
}

const isNotEmpty = ({ start, end }: AddressRange) => end > start;

const range = (start: number, end: number) => ({ start, end }) as AddressRange;

const pageEnd = (address: number): TraceeAddress => pageOf(address + PAGE_SIZE - 1);

/** Whole pages: the kernel rounds a length up. */
function span(start: number, length: number): AddressRange {
  return range(start, length > 0 ? pageEnd(start + length) : start);
}
