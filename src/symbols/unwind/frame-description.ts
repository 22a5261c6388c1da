import { CfiReader } from "./cfi-reader.js";
import { type MemoryPages, UnwindEnd } from "./memory.js";

/** How the callers' registers are found in one function: an FDE of .eh_frame with its CIE. */
export interface FrameDescription {
  /** First address of the function, and the first past it. */
  readonly start: number;
  readonly end: number;
  readonly codeAlign: number;
  readonly dataAlign: number;
  /** The column that holds the return address. */
  readonly returnColumn: number;
  /** The function is what a signal handler returns to: the kernel has called that one. */
  readonly isSignal: boolean;
  /** A fresh reader of the common instructions, and of the function's own. */
  readonly initial: () => CfiReader;
  readonly own: () => CfiReader;
}

/** No entry of a compiler is as long, in bytes. */
const MAX_ENTRY = 2 ** 20;
const EXTENDED = 0xffff_ffff;

/** The entry at `address` of .eh_frame. `data`: what data-relative pointers count from. */
export function readDescription(
  address: number,
  memory: MemoryPages,
  data: number,
): FrameDescription {
  const entry = entryAt(address, memory);
  const idAt = entry.address;
  const id = entry.u32();
  if (id === 0) throw new UnwindEnd("a CIE where an FDE has to be");
  const cie = readCommon(idAt - id, memory);
  const start = entry.pointer(cie.encoding, memory, data) ?? 0;
  const end = start + entry.count(cie.encoding);
  if (cie.hasAugmentation) entry.part(Number(entry.uleb()));
  const own = rest(entry);
  const { codeAlign, dataAlign, returnColumn, isSignal, initial } = cie;
  return { start, end, codeAlign, dataAlign, returnColumn, isSignal, initial, own };
}

function readCommon(address: number, memory: MemoryPages) {
  const entry = entryAt(address, memory);
  if (entry.u32() !== 0) throw new UnwindEnd("an FDE where a CIE has to be");
  const version = entry.u8();
  if (version !== 1 && version !== 3) throw new UnwindEnd("a CIE of another version");
  const augmentation = entry.text();
  const codeAlign = Number(entry.uleb());
  const dataAlign = Number(entry.sleb());
  const returnColumn = version === 1 ? entry.u8() : Number(entry.uleb());
  const hasAugmentation = augmentation.startsWith("z");
  if (!hasAugmentation && augmentation !== "") throw new UnwindEnd("a CIE of another kind");
  let encoding = 0;
  let isSignal = false;
  if (hasAugmentation) {
    const values = entry.part(Number(entry.uleb()));
    for (const letter of augmentation.slice(1)) {
      if (letter === "R") encoding = values.u8();
      else if (letter === "L") values.u8();
      else if (letter === "S") isSignal = true;
      else if (letter === "P") values.pointer(values.u8() & 0x7f, memory, 0);
      else if (letter !== "B") break; // what follows is not known, and has its length
    }
  }
  const initial = rest(entry);
  return { codeAlign, dataAlign, returnColumn, hasAugmentation, encoding, isSignal, initial };
}

/** What follows the length of an entry. */
function entryAt(address: number, memory: MemoryPages): CfiReader {
  const short = memory.bytes(address, 4).readUInt32LE();
  const head = short === EXTENDED ? 12 : 4;
  const length = short === EXTENDED ? Number(memory.u64(address + 4)) : short;
  if (length === 0 || length > MAX_ENTRY) throw new UnwindEnd("an entry of no such length");
  return new CfiReader(memory.bytes(address + head, length), address + head);
}

function rest(entry: CfiReader): () => CfiReader {
  const [bytes, address] = [entry.bytes.subarray(entry.at), entry.address + entry.at];
  return () => new CfiReader(bytes, address);
}
