import { toHex } from "../../model/index.js";
import type { Crash, SymbolSource } from "../call-report.js";
import { codeText } from "./access-list.js";

/** Only a fault is about an address; only what the code did itself has a place in it. */
export function crashPlace({ signal, address, ip }: Crash, symbolizer: SymbolSource): string {
  const place = ip === null ? "" : ` in ${codeText(ip, symbolizer)}`;
  const isMemoryFault = /^SIG(SEGV|BUS)$/.test(signal) && address !== null;
  return isMemoryFault ? ` at address ${toHex(address)}${place}` : place;
}
