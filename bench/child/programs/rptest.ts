/** JavaScript twin of bench/native/rptest.c, which says what is modelled. */
import type { Allocator, Block, Memory, Slots } from '../allocators/instance.js';
import { xorshift32 } from '../../lib/random.js';
import { checksum, type Program, SEED, type Thread } from './program.js';

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
  start(thread, parameters) {
    const job = new RptestThread(
      thread.instance.heap,
      thread.instance.memory,
      thread.instance.slots(parameters.blocks),
      thread.sharing ? new SharedGifts(thread) : new OwnGifts(thread),
      drawTables(parameters),
      parameters.cross,
      ((thread.self + 1) * 37) % SIZES,
    );
    return {
      run: (turns) => {
        let operations = 0;
        for (let turn = 0; turn < turns; turn++) operations += job.turn();
        return operations;
      },
      finish: () => job.finish(),
    };
  },
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
class SharedGifts implements Gifts {
  readonly #heap: Allocator;
  readonly #memory: Memory;
  readonly #heads: Int32Array;
  readonly #self: number;
  readonly #threads: number;
  #to = 0;
  #list = 0;

  constructor({ instance, shared, self, threads }: Thread) {
    this.#heap = instance.heap;
    this.#memory = instance.memory;
    this.#heads = shared;
    this.#self = self;
    this.#threads = threads;
  }

  open(count: number): void {
    this.#list = this.#heap.malloc(16 + 8 * count);
    if (!this.#list) throw new Error(`no room for a list of ${count} blocks`);
    this.#memory.setWord(this.#list, 1, count);
  }

  put(index: number, block: Block): void {
    this.#memory.setWord(this.#list, 2 + index, block);
  }

  send(): number {
    this.#to = (this.#to + 1) % this.#threads;
    if (this.#threads > 1 && this.#to === this.#self) this.#to = (this.#to + 1) % this.#threads;
    const waiting = this.#threads + this.#to;
    if (Atomics.load(this.#heads, waiting) >= MOST_LISTS) return this.#free(this.#list);
    Atomics.add(this.#heads, waiting, 1);
    for (;;) {
      const next = Atomics.load(this.#heads, this.#to);
      this.#memory.setWord(this.#list, 0, next);
      if (Atomics.compareExchange(this.#heads, this.#to, next, this.#list) === next) return 0;
    }
  }

  freeAll(): number {
    let calls = 0;
    let lists = 0;
    let list = Atomics.exchange(this.#heads, this.#self, 0) >>> 0;
    while (list !== 0) {
      const next = this.#memory.word(list, 0) >>> 0;
      calls += this.#free(list);
      lists++;
      list = next;
    }
    if (lists > 0) Atomics.sub(this.#heads, this.#threads + this.#self, lists);
    return calls;
  }

  #free(list: Block): number {
    const count = this.#memory.word(list, 1);
    for (let i = 0; i < count; i++) this.#heap.free(this.#memory.word(list, 2 + i) >>> 0);
    this.#heap.free(list);
    return count + 1;
  }
}

/** Without sharing, a thread gives its lists to itself. */
class OwnGifts implements Gifts {
  readonly #heap: Allocator;
  readonly #newSlots: (count: number) => Slots;
  readonly #lists: { head: Block; blocks: Slots }[] = [];

  constructor({ instance }: Thread) {
    this.#heap = instance.heap;
    this.#newSlots = (count) => instance.slots(count);
  }

  open(count: number): void {
    this.#lists.push({ head: this.#heap.malloc(16 + 8 * count), blocks: this.#newSlots(count) });
  }

  put(index: number, block: Block): void {
    this.#lists[this.#lists.length - 1].blocks[index] = block;
  }

  /** It is where it belongs. */
  send(): number {
    return 0;
  }

  freeAll(): number {
    let calls = 0;
    for (const { head, blocks } of this.#lists.splice(0)) {
      for (let i = 0; i < blocks.length; i++) this.#heap.free(blocks[i]);
      this.#heap.free(head);
      calls += blocks.length + 1;
    }
    return calls;
  }
}

class RptestThread {
  #turn = 0;
  #allocAt = 0;
  #freeAt = 0;

  constructor(
    readonly heap: Allocator,
    readonly memory: Memory,
    readonly slots: Slots,
    readonly gifts: Gifts,
    readonly tables: Tables,
    readonly cross: number,
    private sizeAt: number,
  ) {}

  turn(): number {
    const { heap, slots, tables } = this;
    const { length } = slots;
    let operations = 0;
    for (let i = tables.freeCounts[this.#turn % FREE_COUNTS]; i > 0; i--) {
      const block = slots[this.#freeAt];
      if (block) {
        heap.free(block);
        slots[this.#freeAt] = 0;
        operations++;
      }
      this.#freeAt = (this.#freeAt + FREE_SCATTER) % length;
    }
    operations += this.gifts.freeAll();
    const allocate = tables.allocCounts[this.#turn % ALLOC_COUNTS];
    for (let i = allocate; i > 0; i--) {
      const block = slots[this.#allocAt];
      if (block) {
        heap.free(block);
        operations++;
      }
      slots[this.#allocAt] = this.fresh();
      operations++;
      this.#allocAt = (this.#allocAt + ALLOC_SCATTER) % length;
    }
    if (this.#turn % this.cross === 0) operations += this.give(allocate);
    this.#turn++;
    return operations;
  }

  finish(): number {
    this.gifts.freeAll();
    let sum = checksum(this.sizeAt, this.#allocAt + this.#freeAt);
    for (let slot = 0; slot < this.slots.length; slot++) {
      const block = this.slots[slot];
      if (!block) continue;
      sum = checksum(sum, this.memory.word(block, 0));
      this.heap.free(block);
    }
    return sum;
  }

  private give(count: number): number {
    this.gifts.open(count);
    for (let i = 0; i < count; i++) this.gifts.put(i, this.fresh());
    return count + 1 + this.gifts.send();
  }

  private fresh(): Block {
    const size = this.tables.sizes[this.sizeAt];
    this.sizeAt = this.sizeAt + 1 === SIZES ? 0 : this.sizeAt + 1;
    const block = this.heap.malloc(size);
    if (!block) throw new Error(`no room for ${size} bytes`);
    this.memory.setWord(block, 0, size);
    for (let at = 4096; at < size; at += 4096) this.memory.setByte(block, at, 1);
    this.memory.setByte(block, size - 1, 1);
    return block;
  }
}
