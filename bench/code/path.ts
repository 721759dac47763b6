/**
 * The instructions that a turn of a loop goes through, in the machine code of its function.
 *
 * They are those from the loop's first instruction to the jump back to it, on a way that makes no call:
 * V8 calls the slow halves of malloc and free, leaves to the interpreter and lets the garbage collector
 * in by calls, so what makes none is a fast path. Where several ways are left, as where `free(0)` turns
 * back at once, it is the one that writes most, since a fast path is the way that does the work; and of
 * those the shortest.
 *
 * That is a count of what stands in the code, no measurement: branches are not weighed by how often
 * they are taken, and no instruction costs what another does. It says how much work a call is, and what
 * a change adds to it.
 */
import type { Instruction } from './listing.js';

/**
 * A turn's instructions, from the loop's head on; empty where no loop has a way without calls.
 *
 * @throws RangeError when several loops have one
 */
export function loopPath(code: readonly Instruction[]): Instruction[] {
  const graph = new Map(
    code.map((instruction, index) => [
      instruction.offset,
      { instruction, next: nextOffsets(instruction, code[index + 1]) },
    ]),
  );
  const heads = new Set(
    code.flatMap(({ offset, target = Infinity }) => (target <= offset ? [target] : [])),
  );
  const paths = [...heads]
    .map((head) => ({ head, path: turnFrom(graph, head) }))
    // A jump into the middle of a loop leads back as well.
    .filter(({ head, path }) => Math.min(...path.map(({ offset }) => offset)) === head);
  if (paths.length > 1) throw new RangeError(`${paths.length} loops instead of one`);
  return paths[0]?.path ?? [];
}

export function isBranch({ text }: Instruction): boolean {
  return /^j(?!mp)/.test(text);
}

/** Whether it reads or writes memory. */
export function isAccess({ text }: Instruction): boolean {
  return /\[/.test(text) && !/^(lea|nop)/.test(text);
}

/** Whether it writes memory other than the function's own variables. */
function isWrite({ text }: Instruction): boolean {
  return /^(v?mov|add|sub|and|or|xor|inc|dec)\w* \[(?!rbp|rsp)/.test(text);
}

interface Step {
  readonly instruction: Instruction;
  readonly next: readonly number[];
}

/** Where a way without calls can go on from an instruction, the straight way first. */
function nextOffsets(one: Instruction, next: Instruction | undefined): number[] {
  const { text, target } = one;
  if (/^(call|ret|int3|ud2)/.test(text)) return [];
  const ahead = next === undefined || text.startsWith('jmp') ? [] : [next.offset];
  return target === undefined ? ahead : [...ahead, target];
}

/** A list of instructions, and how many of them write. */
interface Way {
  readonly first?: Instruction;
  readonly rest?: Way;
  readonly length: number;
  readonly writes: number;
}

const ARRIVED: Way = { length: 0, writes: 0 };

/** The instructions from `head` until it is reached again; empty if it never is. */
function turnFrom(graph: ReadonlyMap<number, Step>, head: number): Instruction[] {
  const known = new Map<number, Way | undefined>();
  const wayFrom = (offset: number): Way | undefined => {
    if (known.has(offset)) return offset === head ? ARRIVED : known.get(offset);
    // Until it is known: a way that meets itself elsewhere than at the head is none.
    known.set(offset, undefined);
    const { instruction, next } = graph.get(offset) ?? {};
    if (instruction === undefined || next === undefined) return undefined;
    const way = next.map(wayFrom).reduce(better, undefined);
    if (way === undefined) return undefined;
    const writes = way.writes + (isWrite(instruction) ? 1 : 0);
    const longer = { first: instruction, rest: way, length: way.length + 1, writes };
    known.set(offset, longer);
    return longer;
  };
  const turn: Instruction[] = [];
  for (let way = wayFrom(head); way?.first !== undefined; way = way.rest) turn.push(way.first);
  return turn;
}

function better(one: Way | undefined, other: Way | undefined): Way | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const more = other.writes - one.writes;
  return more > 0 || (more === 0 && other.length < one.length) ? other : one;
}
