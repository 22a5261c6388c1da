import { Mnemonic } from "iced-x86";

/** Contiguous in memory: as many elements as mask bits are set. */
export const PACKED: ReadonlySet<Mnemonic> = new Set([
  Mnemonic.Vcompressps,
  Mnemonic.Vcompresspd,
  Mnemonic.Vpcompressb,
  Mnemonic.Vpcompressw,
  Mnemonic.Vpcompressd,
  Mnemonic.Vpcompressq,
  Mnemonic.Vexpandps,
  Mnemonic.Vexpandpd,
  Mnemonic.Vpexpandb,
  Mnemonic.Vpexpandw,
  Mnemonic.Vpexpandd,
  Mnemonic.Vpexpandq,
]);

/** One element or tuple from memory for the whole vector: read if any mask bit is set. */
export const READS_WHOLE: ReadonlySet<Mnemonic> = new Set([
  Mnemonic.Vbroadcastss,
  Mnemonic.Vbroadcastsd,
  Mnemonic.Vpbroadcastb,
  Mnemonic.Vpbroadcastw,
  Mnemonic.Vpbroadcastd,
  Mnemonic.Vpbroadcastq,
]);

/** No fault suppression: the whole operand is read, whatever the mask. */
export const LOADS_IN_FULL: ReadonlySet<Mnemonic> = new Set([]);
