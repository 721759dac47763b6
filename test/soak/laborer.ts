/** What a soak's worker does: random calls of the whole API, each block in the yard's account. */
import { Arena, type Heap, HakmemError } from '../../src/index.js';
import { fillPattern, hasPattern, isZero } from '../support/pattern.js';
import type { Random } from '../support/random.js';
import { type Account, ENTRIES } from './yard.js';

export class Laborer {
  #nextTag = 1;

  constructor(
    readonly heap: Heap,
    private readonly account: Account,
    private readonly random: Random,
    /** The largest block asked for, in bytes. */
    private readonly limit: number,
  ) {}

  /** One call, or a few. @throws Error with what is wrong with the heap */
  step(): void {
    const { random, account } = this;
    const index = random.below(ENTRIES);
    const { ptr } = account.at(index);
    const choice = random.below(100);
    if (ptr === 0) {
      if (choice < 60) this.allocate(index);
      else if (account.take(index, random.below(1 << 20))) this.received(index);
    } else if (choice < 40) this.free(index);
    else if (choice < 80) this.handOver(index);
    else if (choice < 92) this.resize(index);
    else if (choice < 96) this.misuse(ptr);
    else if (choice === 96 && random.chance(0.1)) this.useArena();
    else if (choice === 97 && random.chance(0.05)) this.heap.flush();
    else if (choice === 98 && random.chance(0.05)) this.look();
    account.count('operations');
  }

  private allocate(index: number): void {
    const { heap, random, account } = this;
    const size = Math.max(1, random.size(this.limit));
    const kind = random.below(14);
    const alignment = 2 ** random.below(17);
    let ptr: number;
    if (kind < 7) ptr = heap.malloc(size);
    else if (kind < 9) ptr = heap.calloc(1, size);
    else if (kind < 11) ptr = heap.memalign(alignment, size);
    else if (kind < 12) ptr = heap.realloc(0, size);
    else ptr = this.allocateAs(size, kind === 13);
    account.set(index, ptr, size, 0);
    if (ptr === 0) {
      account.count('exhausted');
      return;
    }
    if ((kind === 7 || kind === 8 || kind === 13) && !isZero(heap, ptr, size))
      fail(`calloc at ${ptr} is not zero`);
    if (kind > 8 && kind < 11 && ptr % alignment !== 0) fail(`${ptr} is not aligned`);
    this.fill(index, ptr, size);
  }

  private allocateAs(size: number, zeroed: boolean): number {
    const { heap } = this;
    try {
      const view = zeroed ? heap.callocAs(Uint8Array, size) : heap.mallocAs(Uint8Array, size);
      return view.byteOffset;
    } catch (error) {
      if (codeOf(error) === 'ERR_HEAP_EXHAUSTED') return 0;
      throw error;
    }
  }

  private fill(index: number, ptr: number, size: number): void {
    const tag = this.#nextTag++ & 0x3fffffff;
    fillPattern(this.heap, ptr, size, tag);
    this.account.set(index, ptr, size, tag);
  }

  private free(index: number): void {
    const { heap } = this;
    const { ptr } = this.expectWhole(index);
    this.account.clear(index);
    if (this.random.chance(0.1)) heap.free(new Uint8Array(heap.u8.buffer, ptr, 1));
    else heap.free(ptr);
  }

  private resize(index: number): void {
    const { heap, account } = this;
    const { ptr, size, tag } = this.expectWhole(index);
    const wanted = Math.max(1, this.random.size(this.limit));
    account.clear(index);
    const moved = heap.realloc(ptr, wanted);
    account.set(index, moved === 0 ? ptr : moved, moved === 0 ? size : wanted, 0);
    if (moved === 0) {
      account.set(index, ptr, size, tag);
      account.count('exhausted');
      return;
    }
    const kept = Math.min(size, wanted);
    if (tag !== 0 && !hasPattern(heap, moved, kept, tag, size))
      fail(`realloc to ${moved} lost contents`);
    this.fill(index, moved, wanted);
  }

  private handOver(index: number): void {
    if (this.account.at(index).tag === 0) return;
    if (this.account.give(index, this.random.below(1 << 20))) this.account.count('handovers');
  }

  private received(index: number): void {
    const { heap } = this;
    const { ptr, size } = this.expectWhole(index);
    if (!heap.owns(ptr)) fail(`the block at ${ptr} came from a thread and is not in use`);
    if (heap.usableSize(ptr) < size) fail(`the block at ${ptr} has less than ${size} bytes`);
  }

  /** A number inside a block is refused at any moment, whatever the others do. */
  private misuse(ptr: number): void {
    try {
      this.heap.free(ptr + 8);
    } catch (error) {
      if (codeOf(error) === 'ERR_INVALID_POINTER') return;
      throw error;
    }
    fail(`freed ${ptr + 8}, which is inside a block`);
  }

  /** Figures that may be asked for while others are at work. */
  private look(): void {
    const { heap } = this;
    const { capacityBytes, maximumBytes } = heap.stats();
    if (capacityBytes > maximumBytes) fail('the heap is larger than its maximum');
    if (heap.config().front.cacheBlocks.value <= 0) fail('a setting has changed');
    heap.resetStats();
  }

  /** An arena for a moment, with its chunks in the account like any block. */
  private useArena(): void {
    const { heap, account, random } = this;
    const arena = new Arena({
      attached: true,
      u8: heap.u8,
      malloc: (size) => {
        const index = account.free(random.below(ENTRIES));
        if (index < 0) return 0;
        const ptr = heap.malloc(size);
        account.set(index, ptr, size, 0);
        return ptr;
      },
      free: (ptr) => {
        for (let index = 0; index < ENTRIES; index++) {
          if (account.at(index).ptr === ptr) account.clear(index);
        }
        heap.free(ptr);
      },
      usableSize: (ptr) => heap.usableSize(ptr),
    });
    account.count('arenas');
    try {
      const mark = arena.mark();
      for (let i = random.below(200); i > 0; i--) arena.alloc(random.size(3000), 32);
      arena.rewind(mark);
      for (let i = random.below(50); i > 0; i--) arena.alloc(random.size(30_000));
      arena.reset();
    } catch (error) {
      if (codeOf(error) !== 'ERR_HEAP_EXHAUSTED') throw error;
    }
    arena.dispose();
  }

  private expectWhole(index: number): { ptr: number; size: number; tag: number } {
    const parcel = this.account.at(index);
    const { ptr, size, tag } = parcel;
    if (tag !== 0 && !hasPattern(this.heap, ptr, size, tag)) {
      fail(`the contents of ${ptr} (${size} bytes) have changed`);
    }
    return parcel;
  }
}

export function codeOf(error: unknown): string {
  return error instanceof HakmemError ? error.code : '';
}

function fail(sentence: string): never {
  throw new Error(sentence);
}
