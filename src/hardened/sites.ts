/**
 * Call sites: where in the program a block was allocated or freed, as a small number that stands in
 * the block's trailer and that every thread can read back.
 *
 * Contract: any thread interns and reads at any time. The table stands in the heap behind the
 * thread records, because a thread that frees somebody else's block has to find that block's site:
 *
 *   [ bytes used ] ... [ slots: where a text starts, 0 when empty ][ texts: length, UTF-8 ]
 *
 * A text is written first and published by the compare-and-exchange of its slot; slots never change
 * again, so there is nothing to reclaim and no ABA. A thread that dies in between wastes its text's
 * bytes. Site 0 stands for "not known": the table is full, or stacks are switched off.
 *
 * @atomics warm CORRECTNESS: a site is written before its offset is claimed, and room is taken by
 *   one thread.
 */
import { acquire, addTo, claim } from '../base/atomics.js';
import type { Core } from '../base/core.js';
import { type Geometry, recordsEnd, siteSlabs } from '../base/geometry.js';
import { SLAB_CELLS } from '../base/layout.js';
import { debugSettings } from './settings.js';

const FIRST_SLOT = 16;
/** Frames of this library on top of a stack, at most: an arena's allocation has that many. */
const OWN_FRAMES = 5;
const OWN_NAMES = [
  'GuardedHeap.',
  'Arena.takeBlock ',
  'Arena.allocFromChunk ',
  'Arena.alloc ',
  'Arena.allocAs ',
];
/** What stands above the frames; the colon where a program prints stacks its own way. */
const HEADINGS = ['Error', 'Error:', '[object Object]'];
const MOST_BYTES = 1000;
/** Slots looked at before a text counts as one that has no room. */
const PROBES = 64;

type Capture = (target: { stack?: string }, below: unknown) => void;
const StackError = Error as unknown as { captureStackTrace?: Capture; stackTraceLimit?: number };

/** The stack below a function of this library, as text. */
function stackBelow(below: unknown): string {
  const limit = StackError.stackTraceLimit;
  const holder: { stack?: string } = {};
  try {
    StackError.stackTraceLimit = debugSettings.stackFrames + OWN_FRAMES;
    if (StackError.captureStackTrace) StackError.captureStackTrace(holder, below);
    else holder.stack = new Error().stack ?? '';
    return holder.stack ?? '';
  } finally {
    if (limit === undefined) delete StackError.stackTraceLimit;
    else StackError.stackTraceLimit = limit;
  }
}

/**
 * Frames of the program, the innermost first. Without regular expressions: where little stack is left,
 * V8 up to Node 22 ends the process when it has to compile one.
 */
function framesOf(stack: string): string {
  const frames = stack
    .split('\n')
    .map((line) => frameOf(line.trim()))
    .filter((frame) => frame !== '');
  const first = frames.findIndex((frame) => !isOwn(frame));
  const below = frames.slice(Math.max(0, first));
  const program = below.filter((frame) => !isEngine(frame));
  // A bound method that a timer calls has no caller in the program.
  return (program.length > 0 ? program : below).slice(0, debugSettings.stackFrames).join('\n');
}

/** What a line says without its "at"; empty for a heading. */
function frameOf(line: string): string {
  if (line.startsWith('at ')) return line.slice(3);
  return HEADINGS.includes(line) ? '' : line;
}

/** Frames of Node itself, such as those that load a module or run a worker. */
function isEngine(frame: string): boolean {
  return frame.startsWith('node:') || frame.includes(' node:') || frame.includes('(node:');
}

/** By the bundle's address, or by name where a source map has put another address in its place. */
function isOwn(frame: string): boolean {
  return frame.includes(import.meta.url) || OWN_NAMES.some((name) => frame.startsWith(name));
}

function hashOf(text: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of text) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** The first cell of the table and the number of its cells. */
function tableOf({ records, maxThreads, recordCells, maxSlabs }: Geometry): [number, number] {
  const first = recordsEnd(records, maxThreads, recordCells);
  return [first * SLAB_CELLS, siteSlabs(maxSlabs) * SLAB_CELLS];
}

export class Sites {
  private readonly first: number;
  private readonly slots: number;
  /** Bytes for texts, counted from the first text. */
  private readonly room: number;
  private readonly texts: number;
  /** What this thread has seen already, by the stack as the engine prints it. */
  private readonly known = new Map<string, number>();

  constructor(private readonly core: Core) {
    const [first, cells] = tableOf(core.geometry);
    this.first = first;
    this.slots = cells >>> 4;
    this.texts = first + FIRST_SLOT + this.slots;
    this.room = (cells - FIRST_SLOT - this.slots) * 4;
  }

  /** The number of the place that called `below`, a function of this library. */
  siteOf(below: unknown): number {
    if (debugSettings.stackFrames === 0) return 0;
    const stack = stackBelow(below);
    const known = this.known.get(stack);
    if (known !== undefined) return known;
    const site = this.intern(framesOf(stack));
    this.known.set(stack, site);
    return site;
  }

  /** What `siteOf` has numbered, on whatever thread; empty for a number that it never gave. */
  textOf(site: number): string {
    if (site < 1 || site > this.slots) return '';
    const offset = acquire(this.core.cells, this.first + FIRST_SLOT + site - 1);
    return offset === 0 ? '' : new TextDecoder().decode(this.bytesAt(offset));
  }

  private intern(text: string): number {
    const bytes = new TextEncoder().encode(text).slice(0, MOST_BYTES);
    if (bytes.length === 0) return 0;
    const start = hashOf(bytes);
    let written = 0;
    for (let probe = 0; probe < PROBES; probe++) {
      const slot = (start + probe) % this.slots;
      const cell = this.first + FIRST_SLOT + slot;
      let offset = acquire(this.core.cells, cell);
      if (offset === 0) {
        written ||= this.write(bytes);
        if (written === 0) return 0;
        if (claim(this.core.cells, cell, 0, written)) return slot + 1;
        offset = acquire(this.core.cells, cell);
      }
      const there = this.bytesAt(offset);
      if (there.length === bytes.length && there.every((byte, i) => byte === bytes[i])) {
        return slot + 1;
      }
    }
    return 0;
  }

  /** Writes a text where nobody reads yet; its offset from the table's start in cells, or 0. */
  private write(bytes: Uint8Array): number {
    const size = 4 + Math.ceil(bytes.length / 4) * 4;
    if (acquire(this.core.cells, this.first) + size > this.room) return 0;
    const end = addTo(this.core.cells, this.first, size);
    if (end > this.room) return 0;
    const cell = this.texts + (end - size) / 4;
    this.core.cells[cell] = bytes.length;
    new Uint8Array(this.core.buffer, (cell + 1) * 4, bytes.length).set(bytes);
    return cell - this.first;
  }

  /** A copy of the text at an offset, since decoders refuse shared memory; none where there can be none. */
  private bytesAt(offset: number): Uint8Array {
    const cell = this.first + offset;
    const end = this.texts + this.room / 4;
    const inside = cell >= this.texts && cell < end;
    const room = inside ? (end - cell - 1) * 4 : 0;
    const length = Math.min(MOST_BYTES, this.core.cells[cell] >>> 0, room);
    return new Uint8Array(this.core.buffer, inside ? (cell + 1) * 4 : 0, length).slice();
  }
}
