import { STRUCT } from "../table/structs.js";
import {
  type ArgumentSpec,
  choose,
  opaque,
  reads,
  updates,
  write,
  writes,
} from "./argument-spec.js";
import { holder } from "./holder.js";

const { int, ifreq, termios, winsize } = STRUCT;
const TERMIO = 18; // struct termio, asm-generic/termios.h

/** struct ifconf: `int ifc_len`, and a pointer to that many bytes. */
const interfaces: ArgumentSpec = (call, address, slot) => {
  const made = holder({
    ...{ size: STRUCT.ifconf, pointer: 8, direction: "write" },
    length: (bytes) => bytes.readInt32LE(0),
    done: (_call, end) => end.bytes(address, int).readInt32LE(),
  })(call, address, slot);
  if (made === null) return null;
  return {
    ...made,
    writable: true,
    effects: (end) => [...made.effects(end), ...(end.succeeded ? [write(0, int)] : [])],
  };
};

/** Requests from before sizes were encoded in them: asm-generic/ioctls.h, linux/sockios.h */
const REQUESTS: Readonly<Record<number, ArgumentSpec | null>> = {
  21505: writes(termios), // TCGETS
  21506: reads(termios), // TCSETS
  21507: reads(termios), // TCSETSW
  21508: reads(termios), // TCSETSF
  21509: writes(TERMIO), // TCGETA
  21510: reads(TERMIO), // TCSETA
  21511: reads(TERMIO), // TCSETAW
  21512: reads(TERMIO), // TCSETAF
  21513: null, // TCSBRK
  21514: null, // TCXONC
  21515: null, // TCFLSH
  21516: null, // TIOCEXCL
  21517: null, // TIOCNXCL
  21518: null, // TIOCSCTTY
  21519: writes(int), // TIOCGPGRP
  21520: reads(int), // TIOCSPGRP
  21521: writes(int), // TIOCOUTQ, SIOCOUTQ
  21522: reads(1), // TIOCSTI
  21523: writes(winsize), // TIOCGWINSZ
  21524: reads(winsize), // TIOCSWINSZ
  21525: writes(int), // TIOCMGET
  21526: reads(int), // TIOCMBIS
  21527: reads(int), // TIOCMBIC
  21528: reads(int), // TIOCMSET
  21529: writes(int), // TIOCGSOFTCAR
  21530: reads(int), // TIOCSSOFTCAR
  21531: writes(int), // FIONREAD, TIOCINQ, SIOCINQ
  21533: null, // TIOCCONS
  21536: reads(int), // TIOCPKT
  21537: reads(int), // FIONBIO
  21538: null, // TIOCNOTTY
  21539: reads(int), // TIOCSETD
  21540: writes(int), // TIOCGETD
  21541: null, // TCSBRKP
  21545: writes(int), // TIOCGSID
  21584: null, // FIONCLEX
  21585: null, // FIOCLEX
  21586: reads(int), // FIOASYNC
  21600: writes(8), // FIOQSIZE
  35073: reads(int), // FIOSETOWN
  35074: reads(int), // SIOCSPGRP
  35075: writes(int), // FIOGETOWN
  35076: writes(int), // SIOCGPGRP
  35077: writes(int), // SIOCATMARK
  35078: writes(16), // SIOCGSTAMP_OLD
  35079: writes(16), // SIOCGSTAMPNS_OLD
  35090: interfaces, // SIOCGIFCONF
};

/** SIOCGIFNAME to SIOCSIFTXQLEN: each takes a struct ifreq, which those that get something fill. */
const FIRST_INTERFACE_REQUEST = 0x8910;
const LAST_INTERFACE_REQUEST = 0x8943;

// asm-generic/ioctl.h
const SIZE_SHIFT = 16;
const SIZE_MASK = 0x3fff;
const DIRECTION_SHIFT = 30;
const KERNEL_READS = 1; // _IOC_WRITE: the user writes
const KERNEL_WRITES = 2;

/** The third argument of ioctl(2), by what the request says of it. */
export const ioctlArgument: ArgumentSpec = choose((call) => {
  const request = call.uint(1);
  const known = REQUESTS[request];
  if (known !== undefined) return known;
  if (request >= FIRST_INTERFACE_REQUEST && request <= LAST_INTERFACE_REQUEST)
    return interfaceRequest;
  return encoded(request) ?? opaque;
});

/** What the request encodes: a direction and a size; null where it encodes none. */
function encoded(request: number): ArgumentSpec | null {
  const size = (request >>> SIZE_SHIFT) & SIZE_MASK;
  if (size === 0) return null;
  switch (request >>> DIRECTION_SHIFT) {
    case KERNEL_READS:
      return reads(size);
    case KERNEL_WRITES:
      return writes(size);
    case KERNEL_READS | KERNEL_WRITES:
      return updates(size);
    default:
      return null;
  }
}

const interfaceRequest = updates(ifreq);
