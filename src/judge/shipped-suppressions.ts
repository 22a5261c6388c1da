import { parseSuppressions } from "./suppressions.js";

/**
 * Code outside of libc that reads whole blocks by design, and never leaves the block that holds the last
 * byte it was given (so it cannot fault). libc's own functions are judged by what they were told to read.
 */
const SHIPPED = `
{
   liblzma's CRC reads aligned blocks of 16 bytes
   ffiscope:out-of-bounds-read
   fun:liblzma.so*!lzma_crc*
   aligned:16
}
{
   liblzma's CRC reads aligned blocks of 16 bytes
   ffiscope:out-of-bounds-read
   fun:liblzma.so*!???
   aligned:16
}
{
   PCRE2's JIT searches in aligned blocks of a vector
   ffiscope:out-of-bounds-read
   obj:???
   mapped:libpcre2-*
   aligned:32
}
{
   Go's indexbytebody reads a vector that does not cross a page
   ffiscope:out-of-bounds-read
   fun:*indexbytebody*
   aligned:4096
}
{
   Go's countbody reads a vector that does not cross a page
   ffiscope:out-of-bounds-read
   fun:*countbody*
   aligned:4096
}
`;

/** Entries that hold unless they are turned off. */
export const SHIPPED_SUPPRESSIONS = parseSuppressions(SHIPPED, "shipped suppressions");
