import { expect } from 'vitest';
import { codeOf } from '../../support/errors.js';
import { fillPattern } from '../../support/pattern.js';
import { command, type HeapCommand } from './commands.js';
import type { HeapModel, ModelArena } from './heap-model.js';

type ArenaStep = (modelArena: ModelArena, model: HeapModel) => void;

function arenaCommand(
  text: string,
  at: number,
  place: number,
  step: ArenaStep,
  needs: (modelArena: ModelArena) => boolean = () => true,
): HeapCommand {
  const pick = ({ arenas }: HeapModel): ModelArena => arenas[place % arenas.length]!;
  return command(
    `arena #${place}: ${text}`,
    at,
    (model) => step(pick(model), model),
    (model) => model.arenas.length > 0 && needs(pick(model)),
  );
}

export const openArena = (at: number, chunkBytes: number): HeapCommand =>
  command(
    `arena({ chunkBytes: ${chunkBytes} })`,
    at,
    (model, heap) =>
      void model.arenas.push({ arena: heap.arena({ chunkBytes }), pieces: [], marks: [] }),
    ({ arenas }) => arenas.length < 4,
  );

export const arenaAlloc = (
  at: number,
  place: number,
  size: number,
  alignment: number,
): HeapCommand =>
  arenaCommand(`alloc(${size}, ${alignment})`, at, place, ({ arena, pieces }, model) => {
    let ptr = 0;
    const before = arena.allocatedBytes;
    const code = codeOf(() => (ptr = arena.alloc(size, alignment)));
    if (code !== 'no error') {
      expect(code).toBe('ERR_HEAP_EXHAUSTED');
      expect(arena.allocatedBytes).toBe(before);
      return;
    }
    expect(ptr).toBeGreaterThan(0);
    expect(ptr % alignment).toBe(0);
    const tag = model.nextTag();
    fillPattern(model.heap, ptr, size, tag);
    pieces.push({ ptr, size, tag });
  });

export const arenaMark = (at: number, place: number): HeapCommand =>
  arenaCommand(
    'mark()',
    at,
    place,
    ({ arena, pieces, marks }) =>
      void marks.push({
        mark: arena.mark(),
        pieces: pieces.length,
        allocatedBytes: arena.allocatedBytes,
      }),
  );

export const arenaRewind = (at: number, place: number, markPlace: number): HeapCommand =>
  arenaCommand(
    `rewind(#${markPlace})`,
    at,
    place,
    ({ arena, pieces, marks }) => {
      const index = markPlace % marks.length;
      const { mark, pieces: kept, allocatedBytes } = marks[index]!;
      arena.rewind(mark);
      expect(arena.allocatedBytes).toBe(allocatedBytes);
      pieces.length = kept;
      marks.length = index + 1;
    },
    ({ marks }) => marks.length > 0,
  );

export const arenaReset = (at: number, place: number, retainBytes: number): HeapCommand =>
  arenaCommand(`reset(${retainBytes})`, at, place, ({ arena, pieces, marks }) => {
    arena.reset({ retainBytes });
    expect(arena.allocatedBytes).toBe(0);
    pieces.length = 0;
    marks.length = 0;
  });

export const arenaDispose = (at: number, place: number): HeapCommand =>
  arenaCommand('dispose()', at, place, (modelArena, model) => {
    modelArena.arena.dispose();
    model.arenas.splice(model.arenas.indexOf(modelArena), 1);
  });
