import type { TraceeAddress } from "../../model/index.js";
import { Assembler } from "./assembler.js";
import { BlockDraft } from "./block-draft.js";
import type { BlockRequest, BuiltBlock } from "./block-request.js";
import { buildBranch } from "./build-branch.js";
import { buildPlain } from "./build-plain.js";
import { isSyscall, sourceAt } from "./source-instruction.js";

/** Instructions in a block at the most: a long one is translated again for every entry into it. */
const MAX_INSTRUCTIONS = 48;
/** More than a block's code can take, in bytes. */
export const BLOCK_ROOM = 16384;

/** One at a time is built. */
const assembler = new Assembler(BLOCK_ROOM);

/** Translates a basic block. Null where not even its first instruction can run in a fragment. */
export function buildBlock(request: BlockRequest): BuiltBlock | null {
  const draft = new BlockDraft(request, assembler.reset());
  for (let ip: TraceeAddress | null = request.ip; ip !== null; ) ip = addInstruction(draft, ip);
  return draft.instructions === 0 ? null : draft.finish();
}

function isBranch({ request }: BlockDraft, ip: number): boolean {
  return sourceAt(ip, request.code, ip - request.ip)?.shape.flow === "branch";
}

/** Returns the address of the next one; null where the block has ended. */
function addInstruction(draft: BlockDraft, ip: TraceeAddress): TraceeAddress | null {
  const { request, records } = draft;
  const source = sourceAt(ip, request.code, ip - request.ip);
  if (source === null || source.shape.flow === "leave" || request.isRefused(ip)) {
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
  const isLast = source.shape.flow !== "next";
  draft.isBeforeBranch = !isLast && isBranch(draft, ip + source.length);
  if (!(isLast ? buildBranch(draft, source) : buildPlain(draft, source))) {
    draft.takeBack();
    draft.end(ip, false);
    return null;
  }
  draft.instructions++;
  if (isLast) return null;
  records.forgetWritten(source);
  return (ip + source.length) as TraceeAddress;
}
