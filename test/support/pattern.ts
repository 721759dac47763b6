import type { Heap } from '../../src/index.js';

/** Blocks up to this many bytes are written and checked whole, larger ones in samples. */
const WHOLE_BYTES = 8192;
const EDGE_WORDS = 32;
/** A prime, so that samples fall on every place of a line and of a page in turn. */
const SAMPLE_STRIDE = 1021;

/** The word that a block with this tag has at this place. */
export function patternWord(tag: number, index: number): number {
  return (Math.imul(tag ^ 0x9e3779b9, 0x85ebca6b) + Math.imul(index + 1, 0xc2b2ae35)) >>> 0;
}

/** Writes the pattern that belongs to `tag` over a block's first `bytes`. */
export function fillPattern(heap: Heap, ptr: number, bytes: number, tag: number): void {
  const words = heap.u32;
  const first = ptr / 4;
  eachSample(bytes, (index) => {
    words[first + index] = patternWord(tag, index);
    return true;
  });
  eachTailByte(bytes, (offset) => {
    heap.u8[ptr + offset] = patternWord(tag, offset) & 0xff;
    return true;
  });
}

/**
 * True when a block still has the pattern that belongs to `tag`, written over `written` bytes, in
 * its first `bytes`.
 */
export function hasPattern(
  heap: Heap,
  ptr: number,
  bytes: number,
  tag: number,
  written = bytes,
): boolean {
  const words = heap.u32;
  const first = ptr / 4;
  const common = Math.floor(bytes / 4);
  const whole = eachSample(
    written,
    (index) => index >= common || words[first + index] === patternWord(tag, index),
  );
  if (!whole || written !== bytes) return whole;
  return eachTailByte(
    bytes,
    (offset) => heap.u8[ptr + offset] === (patternWord(tag, offset) & 0xff),
  );
}

/** True when all of the bytes are zero. */
export function isZero(heap: Heap, ptr: number, bytes: number): boolean {
  const words = heap.u32;
  const end = ptr / 4 + Math.floor(bytes / 4);
  for (let index = ptr / 4; index < end; index++) {
    if (words[index] !== 0) return false;
  }
  return eachTailByte(bytes, (offset) => heap.u8[ptr + offset] === 0);
}

/** Visits the indices of the words that count; ends early, with false, when `visit` says so. */
function eachSample(bytes: number, visit: (index: number) => boolean): boolean {
  const words = Math.floor(bytes / 4);
  if (bytes <= WHOLE_BYTES) return eachOf(0, words, 1, visit);
  return (
    eachOf(0, EDGE_WORDS, 1, visit) &&
    eachOf(EDGE_WORDS, words - EDGE_WORDS, SAMPLE_STRIDE, visit) &&
    eachOf(words - EDGE_WORDS, words, 1, visit)
  );
}

function eachTailByte(bytes: number, visit: (offset: number) => boolean): boolean {
  return eachOf(bytes - (bytes % 4), bytes, 1, visit);
}

function eachOf(
  from: number,
  to: number,
  step: number,
  visit: (index: number) => boolean,
): boolean {
  for (let index = from; index < to; index += step) {
    if (!visit(index)) return false;
  }
  return true;
}
