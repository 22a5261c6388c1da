import type { TraceeAddress } from "../../model/index.js";
import { Assembler } from "../../x86/encoding/assembler.js";
import {
  isSyscall,
  popsFlags,
  type Source,
  sourceAt,
} from "../../x86/encoding/source-instruction.js";
import { BlockDraft } from "./block-draft.js";
import type { BlockRequest, BuiltBlock } from "./block-request.js";
import { buildBranch } from "./build-branch.js";
import { buildPlain } from "./build-plain.js";

/** Instructions in a block at the most: a long one is translated again for every entry into it. */
const MAX_INSTRUCTIONS = 48;
/** More than a block's code can take, in bytes. */
export const BLOCK_ROOM = 16384;

/** One at a time is built. */
const assembler = new Assembler(BLOCK_ROOM);

/** How far a block has been translated. */
interface Position {
  readonly ip: TraceeAddress;
  /** The instruction there; null where it is not known. */
  readonly source: Source | null;
}

/** Translates a basic block. Null where not even its first instruction can run in a fragment. */
export function buildBlock(request: BlockRequest): BuiltBlock | null {
  const draft = new BlockDraft(request, assembler.reset());
  let position: Position | null = positionAt(request, request.ip);
  while (position !== null) position = addInstruction(draft, position);
  return draft.instructions === 0 ? null : draft.finish();
}

function positionAt(request: BlockRequest, ip: number): Position {
  return { ip: ip as TraceeAddress, source: sourceAt(ip, request.code, ip - request.ip) };
}

/** Returns where the next one is; null where the block has ended. */
function addInstruction(draft: BlockDraft, { ip, source }: Position): Position | null {
  const { request, records } = draft;
  const leaves = source === null || source.encodingClass.flow === "leave" || popsFlags(source.raw);
  if (leaves || request.isRefused(ip)) {
    // The thread is taken in again behind a system call.
    if (source && isSyscall(source)) draft.targets.push((ip + source.length) as TraceeAddress);
    draft.end(ip, false);
    return null;
  }
  if (draft.instructions >= MAX_INSTRUCTIONS || records.isFull) {
    draft.end(ip, true);
    return null;
  }
  draft.begin(ip);
  if (request.isEntry(ip)) records.entry(ip, draft.instruction);
  const isLast = source.encodingClass.flow !== "next";
  const next = isLast ? null : positionAt(request, ip + source.length);
  draft.isBeforeBranch = next?.source?.encodingClass.flow === "branch";
  if (!(isLast ? buildBranch(draft, source) : buildPlain(draft, source))) {
    draft.takeBack();
    draft.end(ip, false);
    return null;
  }
  draft.instructions++;
  if (next !== null) records.forgetWritten(source);
  return next;
}
