/** JavaScript twin of bench/native/mstress.c, which says what is modelled. */
import type { Block } from '../allocators/instance.js';
import type { Program, Thread } from './program.js';

export interface Mstress {
  readonly scale: number;
}

const TRANSFERS = 1000;
const COOKIE = 0x1ce4e5b9;

export const mstress: Program<Mstress> = {
  cells: () => TRANSFERS,
  start(thread, { scale }) {
    const { self, meet } = thread;
    const allocations = 100 * scale * ((self % 8) + 1);
    const stress = stressOf(thread, allocations);
    // Without sharing, each thread has a transfer buffer of its own.
    const drains = self === 0 || !thread.sharing;
    return {
      run: (turns) => {
        for (let turn = 0; turn < turns; turn++) {
          stress.turn();
          meet();
          if (drains) stress.drain();
          meet();
        }
        return turns * (allocations + Math.floor(allocations / 2));
      },
      finish: () => {
        if (drains) stress.drainAll();
        return stress.state();
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

interface Stress {
  turn(): void;
  /** Frees about half of the transfer buffer; the first thread draws which. */
  drain(): void;
  drainAll(): void;
  /** Of the generator. */
  state(): number;
}

/** Made once for each thread: V8 takes what is a `const` here for constants of the code. */
function stressOf(thread: Thread, allocations: number): Stress {
  const { self } = thread;
  const { heap, memory, slots } = thread.instance;
  const transfer = transferOf(thread);
  const [data, retained] = [slots(allocations), slots(allocations)];
  let state = Math.imul(self + 1, 43);

  /** C. Wellons' lowbias32. */
  const pick = (): number => {
    let x = state;
    x ^= x >>> 16;
    x = Math.imul(x, 0x7feb352d);
    x ^= x >>> 15;
    x = Math.imul(x, 0x846ca68b);
    x ^= x >>> 16;
    state = x;
    return x >>> 0;
  };

  /** From 0 to n - 1. V8 divides integers where the remainder is made one. */
  const below = (n: number): number => (pick() % (n >>> 0)) >>> 0;

  const chance = (percent: number): boolean => below(100) <= percent;

  const fresh = (usual: number): Block => {
    let items = usual;
    if (chance(1)) {
      if (chance(1)) items *= 10_000;
      else if (chance(10)) items *= 1000;
      else items *= 100;
    }
    const block = heap.malloc(items * 8);
    if (!block) throw new Error(`no room for ${items} items`);
    for (let i = 0; i < items; i++) memory.setWord(block, 2 * i, (items - i) ^ COOKIE);
    return block;
  };

  const drop = (block: Block): void => {
    if (!block) return;
    const items = memory.word(block, 0) ^ COOKIE;
    for (let i = 0; i < items; i++) {
      if ((memory.word(block, 2 * i) ^ COOKIE) !== items - i) {
        throw new Error('a block has other content than was written');
      }
    }
    heap.free(block);
  };

  return {
    turn: () => {
      let left = allocations;
      let retain = Math.floor(allocations / 2);
      let top = 0;
      let kept = 0;
      while (left > 0 || retain > 0) {
        if (retain === 0 || (chance(50) && left > 0)) {
          left--;
          data[top++] = fresh(1 << below(5));
        } else {
          retained[kept++] = fresh(1 << below(7));
          retain--;
        }
        if (chance(66) && top > 0) {
          const at = below(top);
          drop(data[at]);
          data[at] = 0;
        }
        if (chance(25) && top > 0) {
          const at = below(top);
          const other = below(TRANSFERS);
          data[at] = transfer.exchange(other, data[at]);
        }
      }
      for (let i = 0; i < kept; i++) drop(retained[i]);
      for (let i = 0; i < top; i++) drop(data[i]);
    },
    drain: () => {
      for (let at = 0; at < TRANSFERS; at++) {
        if (self === 0 ? chance(50) : at % 2 === 0) drop(transfer.exchange(at, 0));
      }
    },
    drainAll: () => {
      for (let at = 0; at < TRANSFERS; at++) drop(transfer.exchange(at, 0));
    },
    state: () => state,
  };
}
