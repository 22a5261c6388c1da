/**
 * Where events lie in a child's event memory, which is sparse: three columns, row `i` of each is one
 * event, in order. In bytes from the memory's start:
 *
 * | column  | at     | a row                                                                    |
 * | ------- | ------ | ------------------------------------------------------------------------ |
 * | address | 0      | f64, little-endian: the lowest byte                                      |
 * | size    | 2^40   | f64, little-endian: in bytes                                             |
 * | flags   | 2^41   | u8: 1 a write, else a read; 2 may not have happened; 4 made by the kernel |
 */
export const EVENT_COLUMNS = { address: 0, size: 2 ** 40, flags: 2 ** 41 } as const;

/** Calls with fewer events have them as MemEvents: no memory has to be mapped for those. */
export const SHARED_EVENTS_FROM = 4096;
