import { expect } from "chai";
import { Code, Mnemonic } from "iced-x86";
import type { TraceeAddress } from "../../dist/model/index.js";
import { accessesOf, decodeInstruction, type MemoryAccess } from "../../dist/x86/decode/index.js";
import { CODE, Machine, SYMBOLS } from "./machine.js";
import { needsProbe, Probe } from "./probe.js";
import { Random, randomCode } from "./random-code.js";
import { accessesWith, randomTrials, type Trial } from "./random-trials.js";

const TRIALS = 20_000;

/** They also fault where they access nothing. */
const WIDER = /^(Clflush|Clwb|Fx|Xsave|Xrstor|Enter|Clzero|.*askmovdqu|Maskmovq|EVEX_Vextract)/;

/** What the probe has mapped; the last two cannot be written. */
const MAPPED: readonly [start: number, size: number, writable: boolean][] = [
  [0x10000000, 0x8000, true],
  [0x20006000, 0x4000, true],
  [0x30006000, 0x4000, true],
  [SYMBOLS.readonly!, 0x1000, false],
  [CODE - (CODE % 0x1000), 0x1000, false],
];

describe("decode: random code", () => {
  it("never throws, and has a length of 1 to 15 or no instruction", () => {
    const random = new Random(7);
    const registers = new Machine().registers();
    for (let n = 0; n < 50_000; n++) {
      const code = randomCode(random).subarray(0, 1 + random.below(15));
      const instruction = decodeInstruction(code, CODE as TraceeAddress);
      if (instruction.length === 0) expect(instruction.form.tag).to.equal("unknown");
      expect(instruction.length).to.be.within(0, code.length);
      const accesses = accessesOf(instruction, registers, registers, () => null);
      for (const { address, size } of accesses) {
        expect(Number.isNaN(address) || Number.isNaN(size)).to.equal(false);
      }
    }
  });

  describe("on the real processor", () => {
    let trials: Trial[] = [];

    before(function () {
      needsProbe(this);
      const probe = new Probe();
      trials = randomTrials(new Random(1), TRIALS);
      for (const trial of trials) {
        probe.set(trial.machine, trial.code[0]);
        probe.run(trial.code, (observation) => {
          trial.observation = observation;
        });
      }
      probe.execute();
    });

    it("changes no byte that the decoder does not say is written", () => {
      const wrong = trials
        .filter(({ observation }) => observation!.outcome === "ok")
        .flatMap((trial) => {
          const accesses = accessesWith(trial);
          const writes = accesses.filter(({ kind }) => kind !== "read");
          const stray = [...trial.observation!.changed.keys()].filter(
            (byte) => !covers(writes, byte),
          );
          return stray.length === 0 ? [] : [describeTrial(trial, accesses)];
        });
      expect(wrong).to.deep.equal([]);
    });

    it("faults only at bytes that the decoder says are accessed", () => {
      const wrong = trials
        .filter(({ observation, instruction }) => {
          if (WIDER.test(Code[instruction.code]!)) return false;
          // Past 2^47 numbers lose bits; the code's own page may end within the instruction.
          return observation!.outcome === "fault" && observation!.faultAddress < 2 ** 47;
        })
        .flatMap((trial) => {
          const accesses = accessesWith(trial);
          const covered = covers(accesses, trial.observation!.faultAddress);
          return covered || wrapsIn32Bits(accesses) ? [] : [describeTrial(trial, accesses)];
        });
      expect(wrong).to.deep.equal([]);
    });

    it("faults if the decoder says that bytes are accessed which are not there", () => {
      const wrong = trials
        .filter(({ observation }) => observation!.outcome === "ok")
        .flatMap((trial) => {
          const accesses = accessesWith(trial);
          const impossible = accesses.some((access) => access.certain && !isPossible(access));
          return impossible ? [describeTrial(trial, accesses)] : [];
        });
      expect(wrong).to.deep.equal([]);
    });
  });
});

function covers(accesses: readonly MemoryAccess[], byte: number): boolean {
  return accesses.some(({ kind, address, size }) => {
    const extent = kind === "unknown" && size < 64 ? 64 : size;
    return byte >= address && byte < address + extent;
  });
}

function isPossible({ kind, address, size }: MemoryAccess): boolean {
  if (kind === "unknown" || size === 0) return true;
  return [address, address + size - 1].every((byte) =>
    MAPPED.some(
      ([start, length, writable]) =>
        byte >= start && byte < start + length && (writable || kind === "read"),
    ),
  );
}

/** Zen 4 wraps the elements of `vmaskmov` stores at 4 GiB, those of others not. */
function wrapsIn32Bits(accesses: readonly MemoryAccess[]): boolean {
  return accesses.some(({ address }) => address >= 2 ** 32 - 64 && address < 2 ** 32 + 64);
}

function describeTrial(trial: Trial, accesses: readonly MemoryAccess[]): string {
  const { code, instruction, observation } = trial;
  const list = accesses.map((a) => `${a.kind} ${a.address.toString(16)} ${a.size}`).join(", ");
  const name = `${Mnemonic[instruction.mnemonic]} ${Code[instruction.code]}`;
  const seen = `${observation!.outcome} ${observation!.faultAddress.toString(16)}`;
  return `${Buffer.from(code).toString("hex")} ${name}: ${seen}; said ${list || "nothing"}`;
}
