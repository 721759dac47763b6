/** JavaScript twin of bench/native/mstress.c, which says what is modelled. */
import { COOKIE, TRANSFERS } from '../../lib/loop-numbers.js';
import type { Block, Instance, Slots } from '../allocators/instance.js';
import type { Program, Thread } from './program.js';

export interface Mstress {
  readonly scale: number;
}

/**
 * Steps, and items of a block, per call of a hot loop: so few that V8 compiles whole functions. Where it
 * compiles for a loop that is under way, that code may be entered for good, although it knows nothing
 * of the constants around; see docs/performance.md.
 */
const STEPS_PER_CALL = 100;
const ITEMS_PER_CALL = 1000;

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
  const { slots } = thread.instance;
  const { fresh, drop } = blocksOf(thread.instance);
  const transfer = transferOf(thread);
  const toRetain = Math.floor(allocations / 2);
  const [data, retained] = [slots(allocations), slots(toRetain)];
  const { imul } = Math;
  let state = imul(self + 1, 43);
  let top = 0;
  let kept = 0;

  /** C. Wellons' lowbias32. */
  const pick = (x: number): number => {
    const y = imul(x ^ (x >>> 16), 0x7feb352d);
    const z = imul(y ^ (y >>> 15), 0x846ca68b | 0);
    return z ^ (z >>> 16);
  };

  /**
   * From 0 to n - 1. V8 divides integers where the remainder is made one. By a constant it needs no such
   * help, and a remainder that is written out leaves room for malloc in what V8 inlines into `someSteps`.
   */
  const below = (x: number, n: number): number => ((x >>> 0) % (n >>> 0)) >>> 0;

  /** How many times the usual size an unusual block has. */
  const growth = (): number => {
    state = pick(state);
    if (below(state, 100) <= 1) return 10_000;
    state = pick(state);
    return below(state, 100) <= 10 ? 1000 : 100;
  };

  const someSteps = (): void => {
    let x = state | 0;
    let [nextData, nextRetained] = [top | 0, kept | 0];
    for (let step = 0; step < STEPS_PER_CALL; step++) {
      // Asked at every step: what V8 has not seen when it compiles, ends that code when it comes.
      const full = nextData === allocations;
      let short = true;
      if (nextRetained < toRetain) {
        x = pick(x);
        short = (x >>> 0) % 100 <= 50 && !full;
      } else if (full) break;
      x = pick(x);
      let items = 1 << (short ? (x >>> 0) % 5 : (x >>> 0) % 7);
      x = pick(x);
      if ((x >>> 0) % 100 <= 1) {
        state = x;
        items *= growth();
        x = state | 0;
      }
      const block = fresh(items);
      if (short) {
        data[nextData] = block;
        nextData = (nextData + 1) | 0;
      } else {
        retained[nextRetained] = block;
        nextRetained = (nextRetained + 1) | 0;
      }
      x = pick(x);
      if ((x >>> 0) % 100 <= 66 && nextData > 0) {
        x = pick(x);
        const at = below(x, nextData);
        drop(data[at]);
        data[at] = 0;
      }
      x = pick(x);
      if ((x >>> 0) % 100 <= 25 && nextData > 0) {
        x = pick(x);
        const at = below(x, nextData);
        x = pick(x);
        data[at] = transfer.exchange((x >>> 0) % TRANSFERS, data[at]);
      }
    }
    state = x;
    top = nextData;
    kept = nextRetained;
  };

  const dropSome = (blocks: Slots, from: number, to: number): void => {
    for (let i = from; i < to; i++) drop(blocks[i]);
  };

  const dropAll = (blocks: Slots): void => {
    for (let from = 0; from < blocks.length; from += STEPS_PER_CALL) {
      dropSome(blocks, from, Math.min(from + STEPS_PER_CALL, blocks.length));
    }
  };

  const drainSome = (from: number, to: number): void => {
    let x = state | 0;
    for (let at = from; at < to; at++) {
      if (self === 0) x = pick(x);
      if (self === 0 ? (x >>> 0) % 100 <= 50 : at % 2 === 0) drop(transfer.exchange(at, 0));
    }
    state = x;
  };

  return {
    turn: () => {
      top = 0;
      kept = 0;
      while (top < allocations || kept < toRetain) someSteps();
      dropAll(retained);
      dropAll(data);
    },
    drain: () => {
      for (let at = 0; at < TRANSFERS; at += STEPS_PER_CALL) drainSome(at, at + STEPS_PER_CALL);
    },
    drainAll: () => {
      for (let at = 0; at < TRANSFERS; at++) drop(transfer.exchange(at, 0));
    },
    state: () => state,
  };
}

interface Blocks {
  /** Makes a block of so many items and writes them. */
  readonly fresh: (items: number) => Block;
  /** Checks the items and frees the block. */
  readonly drop: (block: Block) => void;
}

/**
 * Made once for each thread too. Eight items a turn of the loops, since V8 in Node 20 does not unroll, and
 * places and values that are counted along: `2 * i` and `items - i` cost an instruction each. `word ^
 * left` is compared with the cookie, not `word ^ COOKIE` with `left`: V8 then reads the word in the
 * exclusive or itself.
 */
function blocksOf({ heap, memory }: Instance): Blocks {
  const write = (block: Block, items: number, from: number): void => {
    let [word, left] = [(2 * (items - from)) | 0, from];
    const last = from > ITEMS_PER_CALL ? (from - ITEMS_PER_CALL) | 0 : 0;
    const lastEight = (last + 7) | 0;
    for (; left > lastEight; left = (left - 8) | 0) {
      memory.setWord(block, word, left ^ COOKIE);
      memory.setWordAfter(block, word, 2, ((left - 1) | 0) ^ COOKIE);
      memory.setWordAfter(block, word, 4, ((left - 2) | 0) ^ COOKIE);
      memory.setWordAfter(block, word, 6, ((left - 3) | 0) ^ COOKIE);
      memory.setWordAfter(block, word, 8, ((left - 4) | 0) ^ COOKIE);
      memory.setWordAfter(block, word, 10, ((left - 5) | 0) ^ COOKIE);
      memory.setWordAfter(block, word, 12, ((left - 6) | 0) ^ COOKIE);
      memory.setWordAfter(block, word, 14, ((left - 7) | 0) ^ COOKIE);
      word = (word + 16) | 0;
    }
    for (; left > last; left = (left - 1) | 0) {
      memory.setWord(block, word, left ^ COOKIE);
      word = (word + 2) | 0;
    }
  };

  const check = (block: Block, items: number, from: number): void => {
    let [word, left] = [(2 * (items - from)) | 0, from];
    const last = from > ITEMS_PER_CALL ? (from - ITEMS_PER_CALL) | 0 : 0;
    const lastEight = (last + 7) | 0;
    for (; left > lastEight; left = (left - 8) | 0) {
      if (
        (memory.word(block, word) ^ left) !== COOKIE ||
        (memory.wordAfter(block, word, 2) ^ ((left - 1) | 0)) !== COOKIE ||
        (memory.wordAfter(block, word, 4) ^ ((left - 2) | 0)) !== COOKIE ||
        (memory.wordAfter(block, word, 6) ^ ((left - 3) | 0)) !== COOKIE ||
        (memory.wordAfter(block, word, 8) ^ ((left - 4) | 0)) !== COOKIE ||
        (memory.wordAfter(block, word, 10) ^ ((left - 5) | 0)) !== COOKIE ||
        (memory.wordAfter(block, word, 12) ^ ((left - 6) | 0)) !== COOKIE ||
        (memory.wordAfter(block, word, 14) ^ ((left - 7) | 0)) !== COOKIE
      ) {
        throw changed();
      }
      word = (word + 16) | 0;
    }
    for (; left > last; left = (left - 1) | 0) {
      if ((memory.word(block, word) ^ left) !== COOKIE) throw changed();
      word = (word + 2) | 0;
    }
  };

  return {
    fresh: (items) => {
      const block = heap.malloc(items * 8);
      if (block === 0) throw new Error(`no room for ${items} items`);
      for (let left = items; left > 0; left = (left - ITEMS_PER_CALL) | 0) {
        write(block, items, left);
      }
      return block;
    },
    drop: (block) => {
      if (block === 0) return;
      const items = memory.word(block, 0) ^ COOKIE;
      for (let left = items; left > 0; left = (left - ITEMS_PER_CALL) | 0) {
        check(block, items, left);
      }
      heap.free(block);
    },
  };
}

function changed(): Error {
  return new Error('a block has other content than was written');
}
