/**
 * How many bytes of slabs a trace needs when no thread caches anything: the least that a layout could
 * do with, to which the library's own figure (`npm run bench -- footprint`) compares.
 *
 * All threads share the slabs. A block comes from the fullest slab of its class that has room, so that
 * others become empty, and a slab without blocks is given back at once.
 */
import { CLASS_BYTES, CLASS_COUNT, classOf, FIRST_CLASS } from '../../src/base/sizeclass.js';
import type { Trace } from '../lib/trace.js';
import { FREE, REALLOC } from '../lib/trace-op.js';
import { type Layout, runBytes } from './layouts.js';

export interface Footprint {
  /** Of slabs, at their highest. */
  readonly peakBytes: number;
  /** Slabs or runs of a class at that moment. */
  readonly slabs: number;
  /** Those of them in classes whose blocks in use would not fill one slab. */
  readonly sparseSlabs: number;
}

/** A run of slabs with blocks of one class, or for one block alone. */
interface Slab {
  readonly sizeClass: number;
  readonly bytes: number;
  readonly capacity: number;
  used: number;
}

/** The class of what has none. */
const NO_CLASS = 0;

export function footprintOf(trace: Trace, layout: Layout): Footprint {
  const slabs = new Slabs(layout);
  const slots: (Slab | undefined)[] = [];
  for (let event = 0; event < trace.events; event++) {
    const slot = trace.slot[event];
    const old = slots[slot];
    if (trace.op[event] === FREE) {
      slabs.giveBack(old!);
      slots[slot] = undefined;
    } else if (trace.op[event] !== REALLOC) {
      slots[slot] = slabs.take(trace.size[event]);
    } else if (!slabs.suits(old!, trace.size[event])) {
      slots[slot] = slabs.take(trace.size[event]);
      slabs.giveBack(old!);
    }
  }
  return slabs.highest;
}

class Slabs {
  highest: Footprint = { peakBytes: 0, slabs: 0, sparseSlabs: 0 };
  readonly #layout: Layout;
  /** By class. */
  readonly #slabs: Slab[][] = Array.from({ length: CLASS_COUNT }, () => []);
  #bytes = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  take(size: number): Slab {
    const slab = this.#withRoom(size) ?? this.#add(size);
    slab.used++;
    if (this.#bytes > this.highest.peakBytes) this.highest = this.#census();
    return slab;
  }

  giveBack(slab: Slab): void {
    slab.used--;
    if (slab.used > 0) return;
    this.#bytes -= slab.bytes;
    if (slab.sizeClass === NO_CLASS) return;
    const list = this.#slabs[slab.sizeClass];
    list.splice(list.indexOf(slab), 1);
  }

  /** Whether a block of the slab can become one of `size` bytes where it is. */
  suits({ sizeClass, bytes }: Slab, size: number): boolean {
    return (
      this.#classOf(size) === sizeClass && (sizeClass !== NO_CLASS || this.#run(size) === bytes)
    );
  }

  #classOf(size: number): number {
    return size > this.#layout.classMax ? NO_CLASS : classOf(size);
  }

  /** Bytes of a run that holds one block alone. */
  #run(size: number): number {
    return Math.ceil(size / this.#layout.slabBytes) * this.#layout.slabBytes;
  }

  #withRoom(size: number): Slab | undefined {
    const sizeClass = this.#classOf(size);
    if (sizeClass === NO_CLASS) return undefined;
    if (this.#slabs[sizeClass].length > 0) return this.#fullest(sizeClass);
    const { borrow = 1, classMax } = this.#layout;
    const most = Math.min(classMax, Math.max(16, Math.ceil(size / 16) * 16) * borrow);
    for (let larger = sizeClass + 1; CLASS_BYTES[larger] <= most; larger++) {
      const slab = larger < CLASS_COUNT ? this.#fullest(larger) : undefined;
      if (slab !== undefined) return slab;
    }
    return undefined;
  }

  #fullest(sizeClass: number): Slab | undefined {
    let best: Slab | undefined;
    for (const slab of this.#slabs[sizeClass]) {
      if (slab.used < slab.capacity && slab.used > (best?.used ?? -1)) best = slab;
    }
    return best;
  }

  #add(size: number): Slab {
    const sizeClass = this.#classOf(size);
    const slab =
      sizeClass === NO_CLASS
        ? { sizeClass, bytes: this.#run(size), capacity: 1, used: 0 }
        : this.#ofClass(sizeClass);
    this.#bytes += slab.bytes;
    return slab;
  }

  #ofClass(sizeClass: number): Slab {
    const { small, slabBytes } = this.#layout;
    const list = this.#slabs[sizeClass];
    const isSmall =
      small !== undefined && CLASS_BYTES[sizeClass] <= small.largest && list.length < small.count;
    const bytes = runBytes(sizeClass, isSmall ? small.slabBytes : slabBytes);
    const capacity = Math.floor(bytes / CLASS_BYTES[sizeClass]);
    const slab = { sizeClass, bytes, capacity, used: 0 };
    list.push(slab);
    return slab;
  }

  #census(): Footprint {
    let [slabs, sparseSlabs] = [0, 0];
    for (let sizeClass = FIRST_CLASS; sizeClass < CLASS_COUNT; sizeClass++) {
      const list = this.#slabs[sizeClass];
      const used = list.reduce((sum, slab) => sum + slab.used, 0);
      slabs += list.length;
      if (used * CLASS_BYTES[sizeClass] < this.#layout.slabBytes) sparseSlabs += list.length;
    }
    return { peakBytes: this.#bytes, slabs, sparseSlabs };
  }
}
