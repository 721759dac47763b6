/** JavaScript twin of bench/native/mstress.c, which says what is modelled. */
import type { Allocator, Block, Memory, Slots } from '../allocators/instance.js';
import type { Program, Thread } from './program.js';

export interface Mstress {
  readonly scale: number;
}

const TRANSFERS = 1000;
const COOKIE = 0x1ce4e5b9;

export const mstress: Program<Mstress> = {
  cells: () => TRANSFERS,
  start(thread, { scale }) {
    const { instance, self, meet } = thread;
    const allocations = 100 * scale * ((self % 8) + 1);
    const stress = new Stress(
      instance.heap,
      instance.memory,
      transferOf(thread),
      instance.slots(allocations),
      instance.slots(allocations),
      Math.imul(self + 1, 43),
    );
    // Without sharing, each thread has a transfer buffer of its own.
    const drains = self === 0 || !thread.sharing;
    return {
      run: (turns) => {
        for (let turn = 0; turn < turns; turn++) {
          stress.turn(allocations);
          meet();
          if (drains) stress.drain(self === 0);
          meet();
        }
        return turns * (allocations + Math.floor(allocations / 2));
      },
      finish: () => {
        if (drains) stress.drainAll();
        return stress.state;
      },
    };
  },
};

interface Transfer {
  exchange(index: number, block: Block): Block;
}

function transferOf({ sharing, shared, instance }: Thread): Transfer {
  if (sharing) return { exchange: (index, block) => Atomics.exchange(shared, index, block) >>> 0 };
  const slots = instance.slots(TRANSFERS);
  return {
    exchange: (index, block) => {
      const before = slots[index];
      slots[index] = block;
      return before;
    },
  };
}

class Stress {
  constructor(
    readonly heap: Allocator,
    readonly memory: Memory,
    readonly transfer: Transfer,
    readonly data: Slots,
    readonly retained: Slots,
    public state: number,
  ) {}

  turn(allocations: number): void {
    const { data, retained, transfer } = this;
    let left = allocations;
    let retain = Math.floor(allocations / 2);
    let top = 0;
    let kept = 0;
    while (left > 0 || retain > 0) {
      if (retain === 0 || (this.chance(50) && left > 0)) {
        left--;
        data[top++] = this.fresh(1 << this.below(5));
      } else {
        retained[kept++] = this.fresh(1 << this.below(7));
        retain--;
      }
      if (this.chance(66) && top > 0) {
        const at = this.below(top);
        this.drop(data[at]);
        data[at] = 0;
      }
      if (this.chance(25) && top > 0) {
        const at = this.below(top);
        const other = this.below(TRANSFERS);
        data[at] = transfer.exchange(other, data[at]);
      }
    }
    for (let i = 0; i < kept; i++) this.drop(retained[i]);
    for (let i = 0; i < top; i++) this.drop(data[i]);
  }

  /** Frees about half of the transfer buffer; `drawing` from the thread's own generator. */
  drain(drawing: boolean): void {
    for (let at = 0; at < TRANSFERS; at++) {
      if (drawing ? this.chance(50) : at % 2 === 0) this.drop(this.transfer.exchange(at, 0));
    }
  }

  drainAll(): void {
    for (let at = 0; at < TRANSFERS; at++) this.drop(this.transfer.exchange(at, 0));
  }

  /** C. Wellons' lowbias32. */
  private pick(): number {
    let x = this.state;
    x ^= x >>> 16;
    x = Math.imul(x, 0x7feb352d);
    x ^= x >>> 15;
    x = Math.imul(x, 0x846ca68b);
    x ^= x >>> 16;
    this.state = x;
    return x >>> 0;
  }

  /** From 0 to n - 1. V8 divides integers where the remainder is made one. */
  private below(n: number): number {
    return (this.pick() % (n >>> 0)) >>> 0;
  }

  private chance(percent: number): boolean {
    return this.below(100) <= percent;
  }

  private fresh(usual: number): Block {
    let items = usual;
    if (this.chance(1)) {
      if (this.chance(1)) items *= 10_000;
      else if (this.chance(10)) items *= 1000;
      else items *= 100;
    }
    const words = items * 2;
    const block = this.heap.malloc(words * 4);
    if (!block) throw new Error(`no room for ${words} words`);
    write(this.memory, block, words);
    return block;
  }

  private drop(block: Block): void {
    if (!block) return;
    const words = this.memory.word(block, 0) ^ COOKIE;
    if (!isWhole(this.memory, block, words)) {
      throw new Error('a block has other content than was written');
    }
    this.heap.free(block);
  }
}

function write(memory: Memory, block: Block, words: number): void {
  for (let i = 0; i < words; i++) memory.setWord(block, i, (words - i) ^ COOKIE);
}

function isWhole(memory: Memory, block: Block, words: number): boolean {
  for (let i = 0; i < words; i++) {
    if ((memory.word(block, i) ^ COOKIE) !== words - i) return false;
  }
  return true;
}
