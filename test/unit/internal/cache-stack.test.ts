/** The stack of a thread cache, against a plain array. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  carryCount,
  floorOf,
  handedOut,
  isEmptyStack,
  layStack,
  positionOf,
  reserveStack,
  stackDepth,
  topOf,
  widenStack,
} from '../../../src/base/cache-stack.js';
import { CACHE_FULL, CACHE_POP, S_CARRIED, S_LIMIT } from '../../../src/base/offsets.js';

const CACHE_MAX = CACHE_FULL - 1;
const REGION = 272;
const SLOW = 288;

function cellsOf(limit: number): Int32Array<SharedArrayBuffer> {
  const cells = new Int32Array(new SharedArrayBuffer(2048)).fill(-1);
  cells[REGION] = 0;
  cells[SLOW + S_CARRIED] = 0;
  layStack(cells, REGION, SLOW, limit);
  return cells;
}

const push = (cells: Int32Array<SharedArrayBuffer>, block: number): void => {
  cells[topOf(cells, REGION) + 1] = block;
  cells[REGION]!++;
};

const pop = (cells: Int32Array<SharedArrayBuffer>): number => {
  const block = cells[topOf(cells, REGION)]!;
  cells[REGION]! += CACHE_POP;
  return block;
};

const contents = (cells: Int32Array<SharedArrayBuffer>): number[] => {
  const top = topOf(cells, REGION);
  return [...cells.slice(top - stackDepth(cells, REGION) + 1, top + 1)];
};

test('holds what an array holds, whatever its floor', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constant({ push: true }) },
    { weight: 4, arbitrary: fc.constant({ push: false }) },
    { weight: 1, arbitrary: fc.record({ reserve: fc.integer({ min: 1, max: CACHE_MAX }) }) },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: CACHE_MAX }),
      fc.array(step, { maxLength: 700 }),
      (limit, steps) => {
        const cells = cellsOf(limit);
        const model: number[] = [];
        let next = 16;
        let pops = 0;
        for (const action of steps) {
          if ('reserve' in action) {
            if (model.length === 0) reserveStack(cells, REGION, SLOW, action.reserve);
          } else if (action.push) {
            if (positionOf(cells[REGION]!) === CACHE_FULL) {
              const had = cells[SLOW + S_LIMIT]!;
              const more = Math.min(had, CACHE_MAX - had);
              if (more === 0) continue;
              widenStack(cells, REGION, SLOW, more);
              expect(cells[SLOW + S_LIMIT]).toBe(had + more);
              // The order inside changes with that: the former top lies at the bottom.
              expect(contents(cells).sort()).toEqual([...model].sort());
              model.splice(0, model.length, ...contents(cells));
            }
            push(cells, next);
            model.push(next);
            next += 16;
          } else if (isEmptyStack(cells, REGION)) {
            expect(model).toEqual([]);
          } else {
            expect(pop(cells)).toBe(model.pop());
            pops++;
          }
          expect(contents(cells)).toEqual(model);
          expect(cells[SLOW + S_LIMIT]).toBe(CACHE_FULL - floorOf(cells, REGION));
          expect(handedOut(cells, REGION, SLOW)).toBe(pops);
          // Nothing is written outside of the region.
          expect([cells[REGION - 256], cells[REGION + 1]]).toEqual([-1, -1]);
        }
      },
    ),
  );
});

test('counts on past what its word holds', () => {
  const cells = cellsOf(8);
  const turns = 2 ** 22 - 2;
  cells[REGION] = (turns << 9) | positionOf(cells[REGION]!);
  for (let i = 1; i <= 5; i++) {
    push(cells, 16);
    pop(cells);
    expect(handedOut(cells, REGION, SLOW)).toBe(turns + i);
    carryCount(cells, REGION, SLOW);
    expect(handedOut(cells, REGION, SLOW)).toBe(turns + i);
    expect(isEmptyStack(cells, REGION)).toBe(true);
  }
  expect(cells[SLOW + S_CARRIED]).toBe(1);
});
