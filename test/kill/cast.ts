import { pathToFileURL } from 'node:url';
import type { Libraries, Point } from './instrument.mjs';
import type * as Debug from '../../src/debug.js';
import type { Cast, Kit } from './stage.js';

/** Loads the library once for each thread of the stage, with marks for those that may die. */
export async function loadCast(libraries: Libraries, points: readonly Point[]): Promise<Cast> {
  const load = async (role: 'keeper' | 'peer' | 'victim' | 'former'): Promise<Kit> => {
    const bundle = role === 'victim' || role === 'former' ? libraries.marked : libraries.plain;
    const kit = (await import(`${pathToFileURL(bundle).href}?${role}`)) as Kit &
      Partial<Pick<typeof Debug, 'debugSettings'>>;
    // Short quarantines, so that blocks go through them; call sites of the victim alone.
    const settings = {
      quarantineBlocks: role === 'former' ? 0 : 8,
      stackFrames: role === 'victim' ? 2 : 0,
    };
    if (kit.debugSettings) Object.assign(kit.debugSettings, settings, { onLeaks: undefined });
    // What a thread does once, with its first heap, is behind it in every run.
    kit.Heap.create({ maximumBytes: 2 ** 21, maxThreads: 1 }).detach();
    return kit;
  };
  const [keeper, peer, victim, former] = await Promise.all([
    load('keeper'),
    load('peer'),
    load('victim'),
    load('former'),
  ]);
  return { keeper, peer, victim, former, points };
}
