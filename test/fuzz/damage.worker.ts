/**
 * Damages copies of a heap, attaches to each and uses it in every way. Whatever the bytes say, a call
 * returns or throws a HakmemError; the other thread sees by the counter that none goes on for ever.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { setImmediate } from 'node:timers/promises';
import { debugSettings } from '../../src/hardened/settings.js';
import { Heap, HakmemError, type HeapHandle } from '../../src/index.js';
import { collectGarbage } from '../support/garbage.js';
import { copyOf, withBuffer } from '../support/handles.js';
import { Random } from '../support/random.js';
import { KiB, MiB } from '../support/units.js';

export interface DamageData {
  readonly seed: number;
  /** The first case's number, and how many there are. */
  readonly from: number;
  readonly cases: number;
  /** Its cell counts the cases that have begun. */
  readonly progress: SharedArrayBuffer;
}

export interface DamageAnswer {
  /** Cases that attach refused, that verify named a problem in, and whose damage did not show. */
  readonly refused: number;
  readonly named: number;
  readonly unseen: number;
  /** HakmemErrors by their code. */
  readonly errors: Readonly<Record<string, number>>;
  /** Anything else that was thrown. */
  readonly failures: readonly string[];
}

/** Cases after which their 6 MiB each are let go of. */
const COLLECT_EVERY = 50;

// Of the debug build: damaged heaps leave much behind, and call sites take most of its time.
Object.assign(debugSettings, { onLeaks: undefined, stackFrames: 0 });

/** A heap with something in every structure, left in the middle of its life. */
function template(): { buffer: SharedArrayBuffer; handle: HeapHandle; ptrs: number[] } {
  const heap = Heap.create({ initialBytes: 6 * MiB, maximumBytes: 6 * MiB, maxThreads: 4 });
  const ptrs: number[] = [];
  for (const size of [16, 100, 500, 2000, 9000, 40_000, 100_000]) {
    for (let i = 0; i < (size > 30_000 ? 3 : 120); i++) ptrs.push(heap.malloc(size));
  }
  const freed = ptrs.filter((_, index) => index % 3 === 0);
  for (const ptr of freed) heap.free(ptr);
  heap.flush();
  for (const size of [64, 700, 5000]) {
    const more = Array.from({ length: 90 }, () => heap.malloc(size));
    for (const ptr of more) heap.free(ptr);
  }
  ptrs.push(heap.malloc(400 * KiB), heap.malloc(700 * KiB));
  heap.free(heap.malloc(300 * KiB));
  const { buffer } = heap.u8;
  return { buffer, handle: heap.handle, ptrs: ptrs.filter((ptr) => !freed.includes(ptr)) };
}

type Answer = { -readonly [K in keyof DamageAnswer]: DamageAnswer[K] } & {
  errors: Record<string, number>;
  failures: string[];
};

const original = template();
const { geometry, pageMap, states } = Heap.attach(original.handle)['core'];

/** Where damage hurts: the first byte and the length of each kind of metadata, and of everything. */
const REGIONS: readonly (readonly [from: number, bytes: number])[] = [
  [geometry.header * 4, 256],
  [(geometry.header + 64) * 4, 20_000],
  [pageMap * 4, geometry.maxSlabs * 4],
  [states * 4, geometry.maxSlabs * 4],
  [geometry.summaries * 4, geometry.maxSlabs * 4],
  [geometry.queues * 4, (geometry.records - geometry.queues) * 4],
  [geometry.records * 4, geometry.recordCells * 4 * 2],
  [geometry.header * 4 + 28_000, 37_000],
  [2 * MiB + 28_000, 37_000],
  [0, original.buffer.byteLength],
];

function damage(random: Random): SharedArrayBuffer {
  const copy = copyOf(original.buffer);
  const bytes = new Uint8Array(copy);
  const [from, length] = REGIONS[random.below(REGIONS.length)]!;
  const flips = random.chance(0.2) ? 400 : 1 + random.below(12);
  for (let i = 0; i < flips; i++) {
    const at = from + random.below(length);
    bytes[at] = random.chance(0.5) ? random.below(256) : bytes[at]! ^ (1 << random.below(8));
  }
  return copy;
}

class Case {
  errors: string[] = [];

  constructor(
    readonly heap: Heap,
    readonly random: Random,
  ) {}

  /** Whether verify names a problem before anything is done. */
  run(): boolean {
    const { heap, random } = this;
    const { ok } = heap.verify();
    this.attempt(() => heap.stats());
    this.attempt(() => [...heap.blocks()].length);
    for (let step = 0; step < 250; step++) this.attempt(() => this.step());
    for (const ptr of original.ptrs) this.attempt(() => heap.free(ptr));
    this.attempt(() => heap.reclaim(random.below(4)));
    this.attempt(() => heap.flush());
    heap.verify();
    this.attempt(() => heap.detach());
    // Whatever the damage is.
    if (FLAGS.HAKMEM_BUILD_HARDENED && heap.attached) throw new Error('the thread has not left');
    return !ok;
  }

  private step(): unknown {
    const { heap, random } = this;
    const ptr = original.ptrs[random.below(original.ptrs.length)]!;
    const size = random.chance(0.1) ? random.below(MiB) : random.size(100 * KiB);
    switch (random.below(9)) {
      case 0:
        return heap.calloc(1, size);
      case 1:
        return heap.memalign(4096, size);
      case 2:
        return heap.realloc(ptr, size);
      case 3:
        return heap.usableSize(ptr);
      case 4:
        return heap.owns(random.below(6 * MiB));
      case 5:
        heap.free(random.below(6 * MiB));
        return 0;
      case 6:
        return heap.mallocAs(Float64Array, size >>> 3);
      case 7:
        heap.free(heap.malloc(size));
        return 0;
      default:
        return heap.malloc(size);
    }
  }

  private attempt(call: () => unknown): void {
    try {
      call();
    } catch (error) {
      if (!(error instanceof HakmemError)) throw error;
      this.errors.push(error.code);
    }
  }
}

/** One case; counts what came of it. */
function tryCase(seed: number, number: number, answer: Answer): void {
  const random = new Random(seed + number * 7919);
  try {
    const one = new Case(Heap.attach(withBuffer(original.handle, damage(random))), random);
    if (one.run()) answer.named++;
    else answer.unseen++;
    for (const code of one.errors) answer.errors[code] = (answer.errors[code] ?? 0) + 1;
  } catch (error) {
    if (error instanceof HakmemError) answer.refused++;
    else {
      const text = error instanceof Error ? error.stack : String(error);
      answer.failures.push(`case ${number}: ${text}`);
    }
  }
}

async function run({ seed, from, cases, progress }: DamageData): Promise<DamageAnswer> {
  const counter = new Int32Array(progress);
  const answer: Answer = { refused: 0, named: 0, unseen: 0, errors: {}, failures: [] };
  for (let number = from; number < from + cases && answer.failures.length < 10; number++) {
    Atomics.store(counter, 0, number);
    tryCase(seed, number, answer);
    // A weak reference holds what it names until the turn of the event loop ends.
    await setImmediate();
    if (number % COLLECT_EVERY === 0) collectGarbage();
  }
  return answer;
}

parentPort!.postMessage(await run(workerData as DamageData));
