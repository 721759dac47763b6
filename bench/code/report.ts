/** Counted loops as a table, and their code as a list. */
import { newTable } from '../output/tables.js';
import type { Instruction } from './listing.js';
import { LOOPS, type LoopName } from './loops.js';
import { isAccess, isBranch } from './path.js';

export interface Counted {
  readonly loop: LoopName;
  readonly turn: readonly Instruction[];
  /** The same loop on the build of another revision. */
  readonly other?: readonly Instruction[];
}

/** @param revision of the other build, if there is one */
export function renderCounts(counts: readonly Counted[], revision?: string): string {
  const others = revision === undefined ? [] : [`instructions\nat ${revision}`];
  const table = newTable(['a turn', '', 'instructions', 'accesses', 'branches', ...others]);
  for (const { loop, turn, other } of counts) {
    table.push([
      loop,
      LOOPS[loop].about,
      turn.length,
      turn.filter(isAccess).length,
      turn.filter(isBranch).length,
      ...(other === undefined ? [] : [other.length]),
    ]);
  }
  return table.toString();
}

export function renderTurn({ loop, turn }: Counted): string {
  const lines = turn.map(({ offset, text }) => `${offset.toString(16).padStart(6)}  ${text}`);
  return [`${loop}:`, ...lines].join('\n');
}
