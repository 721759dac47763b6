/** Errors that say where a block came from and where it went: who allocated it and who freed it. */
import { HakmemError, type HakmemErrorCode } from '../base/errors.js';
import type { Core } from '../base/core.js';
import type { Sites } from './sites.js';
import {
  allocatedBy,
  askedFor,
  type Block,
  BROKEN,
  freedBy,
  LIVE,
  stateOf,
  THREAD_BITS,
} from './trailer.js';

const SITE_SHIFT = 10;

/**
 * One allocation or free: by which thread, and from where.
 * @public
 */
export interface BlockEvent {
  readonly threadId: number;
  /** Frames of the program, the innermost first; empty where they were not recorded. */
  readonly site: string;
}

/**
 * What the errors of the debug build say about a block besides their message.
 * @public
 */
export interface BlockHistory {
  readonly ptr: number;
  /** Bytes that were asked for. */
  readonly size: number;
  readonly allocated?: BlockEvent;
  readonly freed?: BlockEvent;
}

/** A thread and a site in one word, as a trailer holds them. */
export const eventWord = (thread: number, site: number): number => thread | (site << SITE_SHIFT);

export const threadOf = (word: number): number => word & THREAD_BITS;

export function eventOf(sites: Sites, word: number): BlockEvent {
  return { threadId: threadOf(word), site: sites.textOf(word >>> SITE_SHIFT) };
}

export function historyOf(core: Core, sites: Sites, block: Block): BlockHistory {
  const { kind } = stateOf(core, block);
  const allocated = allocatedBy(core, block);
  return {
    ptr: block.address,
    size: askedFor(core, block),
    ...(allocated >= 0 && { allocated: eventOf(sites, allocated) }),
    ...(kind !== LIVE && kind !== BROKEN && { freed: eventOf(sites, freedBy(core, block)) }),
  };
}

function lines(what: string, event: BlockEvent | undefined): string {
  if (!event) return '';
  const frames = event.site === '' ? '' : `\n    ${event.site.replaceAll('\n', '\n    ')}`;
  return `\n  ${what} by thread ${event.threadId}${frames}`;
}

/** An error with a block's history, in its message and as its property `history`. */
export function withHistory(
  code: HakmemErrorCode,
  pointer: number,
  sentence: string,
  history: BlockHistory,
): HakmemError & { readonly history: BlockHistory } {
  const { allocated, freed } = history;
  const told = lines('allocated', allocated) + lines('freed', freed);
  return Object.assign(new HakmemError(code, sentence + told, { pointer }), { history });
}
