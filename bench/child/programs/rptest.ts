/** JavaScript twin of bench/native/rptest.c, which says what is modelled. */
import type { Block, Instance, Slots } from '../allocators/instance.js';
import { xorshift32 } from '../../lib/random.js';
import { checksum, type Job, type Program, SEED, type Thread } from './program.js';
import { freeAll } from './random-mixed.js';

export interface Rptest {
  readonly lo: number;
  readonly hi: number;
  readonly blocks: number;
  readonly operations: number;
  readonly cross: number;
}

const SIZES = 2000;
const ALLOC_COUNTS = 311;
const FREE_COUNTS = 257;
const ALLOC_SCATTER = 337;
const FREE_SCATTER = 523;
/** Lists that may wait for a thread, as in the twin. */
const MOST_LISTS = 64;

export const rptest: Program<Rptest> = {
  cells: (_, threads) => 2 * threads,
  start: (thread, parameters) =>
    jobOf(
      thread.instance,
      thread.sharing ? sharedGifts(thread) : ownGifts(thread),
      parameters,
      ((thread.self + 1) * 37) % SIZES,
    ),
};

interface Tables {
  readonly sizes: Int32Array;
  readonly allocCounts: Int32Array;
  readonly freeCounts: Int32Array;
}

function drawTables({ lo, hi, operations }: Rptest): Tables {
  let x = SEED | 0;
  const draw = () => (x = xorshift32(x)) >>> 0;
  const sizes = Int32Array.from({ length: SIZES }, () => {
    const [first, second, third] = [draw() >>> 16, draw() >>> 16, draw() >>> 16];
    const weight = Math.abs(first + second - 65536);
    return lo + Math.floor((Math.floor(((hi - lo) * third) / 65536) * weight) / 65536);
  });
  const allocCounts = Int32Array.from({ length: ALLOC_COUNTS }, () =>
    Math.floor((operations * (draw() % 101)) / 100),
  );
  const freeCounts = Int32Array.from({ length: FREE_COUNTS }, () =>
    Math.floor((operations * (draw() % 101)) / 125),
  );
  return { sizes, allocCounts, freeCounts };
}

/** Lists of blocks from one thread to another. */
interface Gifts {
  /** A list for so many blocks. */
  open(count: number): void;
  put(index: number, block: Block): void;
  /**
   * Gives the list to the next thread in turn; where too many wait for that one, frees it instead.
   * The number of calls of free.
   */
  send(): number;
  /** Frees every list that came here, with its blocks; the number of calls of free. */
  freeAll(): number;
}

/**
 * The lists are blocks themselves: the next list's address, a count, and the blocks. The shared cells
 * are the first list for each thread, and then how many wait for each.
 */
function sharedGifts({ instance, shared: heads, self, threads }: Thread): Gifts {
  const { heap, memory } = instance;
  let to = 0;
  let list = 0;

  const freeList = (gift: Block): number => {
    const count = memory.word(gift, 1);
    for (let i = 0; i < count; i++) heap.free(memory.word(gift, (2 + i) | 0) >>> 0);
    heap.free(gift);
    return (count + 1) | 0;
  };

  return {
    open: (count) => {
      list = heap.malloc(16 + 8 * count);
      if (!list) throw new Error(`no room for a list of ${count} blocks`);
      memory.setWord(list, 1, count);
    },
    put: (index, block) => memory.setWord(list, (2 + index) | 0, block),
    send: () => {
      to = (to + 1) % threads;
      if (threads > 1 && to === self) to = (to + 1) % threads;
      const waiting = threads + to;
      if (Atomics.load(heads, waiting) >= MOST_LISTS) return freeList(list);
      Atomics.add(heads, waiting, 1);
      for (;;) {
        const next = Atomics.load(heads, to);
        memory.setWord(list, 0, next);
        if (Atomics.compareExchange(heads, to, next, list) === next) return 0;
      }
    },
    freeAll: () => {
      let calls = 0;
      let lists = 0;
      let gift = Atomics.exchange(heads, self, 0) >>> 0;
      while (gift !== 0) {
        const next = memory.word(gift, 0) >>> 0;
        calls += freeList(gift);
        lists++;
        gift = next;
      }
      if (lists > 0) Atomics.sub(heads, threads + self, lists);
      return calls;
    },
  };
}

/** Without sharing, a thread gives its lists to itself. */
function ownGifts({ instance: { heap, slots } }: Thread): Gifts {
  const lists: { head: Block; blocks: Slots }[] = [];
  return {
    open: (count) => lists.push({ head: heap.malloc(16 + 8 * count), blocks: slots(count) }),
    put: (index, block) => {
      lists[lists.length - 1].blocks[index] = block;
    },
    // It is where it belongs.
    send: () => 0,
    freeAll: () => {
      let calls = 0;
      for (const { head, blocks } of lists.splice(0)) {
        for (let i = 0; i < blocks.length; i++) heap.free(blocks[i]);
        heap.free(head);
        calls += blocks.length + 1;
      }
      return calls;
    },
  };
}

/** Made once for each thread: V8 takes what is a `const` here for constants of the code. */
function jobOf(
  { heap, memory, slots: newSlots }: Instance,
  gifts: Gifts,
  parameters: Rptest,
  firstSize: number,
): Job {
  const { cross } = parameters;
  // Unsigned, as what is divided by it: V8 divides other numbers as floating-point numbers.
  const length = parameters.blocks >>> 0;
  const { sizes, allocCounts, freeCounts } = drawTables(parameters);
  const slots = newSlots(length);
  let [turn, allocAt, freeAt] = [0, 0, 0];
  let sizeAt = firstSize;

  const fresh = (): Block => {
    const size = sizes[sizeAt];
    sizeAt = sizeAt + 1 === SIZES ? 0 : sizeAt + 1;
    const block = heap.malloc(size);
    if (!block) throw new Error(`no room for ${size} bytes`);
    memory.setWord(block, 0, size);
    for (let at = 4096; at < size; at += 4096) memory.setByte(block, at, 1);
    memory.setByte(block, size - 1, 1);
    return block;
  };

  const freeSome = (count: number): number => {
    let [at, operations] = [freeAt | 0, 0];
    for (let left = count; left > 0; left = (left - 1) | 0) {
      const block = slots[at];
      if (block) {
        heap.free(block);
        slots[at] = 0;
        operations++;
      }
      at = (((at + FREE_SCATTER) >>> 0) % length) | 0;
    }
    freeAt = at;
    return operations;
  };

  const replaceSome = (count: number): number => {
    let [at, operations] = [allocAt | 0, count];
    for (let left = count; left > 0; left = (left - 1) | 0) {
      const block = slots[at];
      if (block) {
        heap.free(block);
        operations++;
      }
      slots[at] = fresh();
      at = (((at + ALLOC_SCATTER) >>> 0) % length) | 0;
    }
    allocAt = at;
    return operations;
  };

  const give = (count: number): number => {
    gifts.open(count);
    for (let i = 0; i < count; i++) gifts.put(i, fresh());
    return count + 1 + gifts.send();
  };

  /** Performs a turn; the number of calls of malloc and free. */
  const perform = (): number => {
    const toAllocate = allocCounts[turn % ALLOC_COUNTS];
    let operations = freeSome(freeCounts[turn % FREE_COUNTS]);
    operations += gifts.freeAll();
    operations += replaceSome(toAllocate);
    if (turn % cross === 0) operations += give(toAllocate);
    turn++;
    return operations;
  };

  return {
    run: (turns) => {
      let operations = 0;
      for (let left = turns; left > 0; left--) operations += perform();
      return operations;
    },
    finish: () => {
      gifts.freeAll();
      return freeAll(heap, memory, slots, checksum(sizeAt, allocAt + freeAt));
    },
  };
}
