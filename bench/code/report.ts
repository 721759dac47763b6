/** Counted loops as a table, and their code as a list. */
import { newTable } from '../output/tables.js';
import type { Instruction } from './listing.js';
import { LOOPS, type LoopName } from './loops.js';
import { isAccess, isBranch } from './path.js';

export interface Counted {
  readonly loop: LoopName;
  readonly turn: readonly Instruction[];
  /** The same loop on another build. */
  readonly other?: readonly Instruction[];
}

/** @param build the other one, if there is one */
export function renderCounts(counts: readonly Counted[], build?: string): string {
  const others = build === undefined ? [] : [`instructions\n${build}`];
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
