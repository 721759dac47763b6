import { CALLOC, FREE, MALLOC, REALLOC } from '../../bench/lib/trace-op.js';

export interface TraceEvent {
  readonly thread: number;
  readonly op: number;
  readonly slot: number;
  readonly size: number;
}

export interface TraceHeader {
  readonly magic: string;
  readonly version: number;
  readonly threads: number;
  readonly slots: number;
  readonly events: number | bigint;
  readonly peakLiveBytes: number;
}

/** Writes the trace format without looking whether what it writes makes sense. */
export function encodeTrace(
  events: readonly TraceEvent[],
  header: Partial<TraceHeader> = {},
): Uint8Array {
  const highest = (pick: (event: TraceEvent) => number) =>
    events.reduce((most, event) => Math.max(most, pick(event) + 1), 0);
  const body = events.flatMap(({ thread, op, slot, size }) => [
    ...varint(thread * 4 + op),
    ...varint(slot),
    ...(op === FREE ? [] : varint(size)),
  ]);
  const bytes = new Uint8Array(32 + body.length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(header.magic ?? 'HMTR'));
  view.setUint32(4, header.version ?? 1, true);
  view.setUint32(8, header.threads ?? highest((event) => event.thread), true);
  view.setUint32(12, header.slots ?? highest((event) => event.slot), true);
  view.setBigUint64(16, BigInt(header.events ?? events.length), true);
  view.setBigUint64(24, BigInt(header.peakLiveBytes ?? peakOf(events)), true);
  bytes.set(body, 32);
  return bytes;
}

export const malloc = (slot: number, size: number, thread = 0): TraceEvent => ({
  thread,
  op: MALLOC,
  slot,
  size,
});
export const calloc = (slot: number, size: number, thread = 0): TraceEvent => ({
  thread,
  op: CALLOC,
  slot,
  size,
});
export const realloc = (slot: number, size: number, thread = 0): TraceEvent => ({
  thread,
  op: REALLOC,
  slot,
  size,
});
export const free = (slot: number, thread = 0): TraceEvent => ({ thread, op: FREE, slot, size: 0 });

/** Highest sum of requested sizes, the plain way. */
export function peakOf(events: readonly TraceEvent[]): number {
  const live = new Map<number, number>();
  let peak = 0;
  for (const { op, slot, size } of events) {
    if (op === FREE) live.delete(slot);
    else live.set(slot, size);
    peak = Math.max(
      peak,
      [...live.values()].reduce((sum, bytes) => sum + bytes, 0),
    );
  }
  return peak;
}

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}
