/** The programs by the names that their twins in bench/native have too. */
import { cache } from './cache.js';
import { glibcThread } from './glibc-thread.js';
import { large } from './large.js';
import { larson } from './larson.js';
import { mstress } from './mstress.js';
import type { Program } from './program.js';
import { randomMixed } from './random-mixed.js';
import { replace } from './replace.js';
import { replayParallel } from './replay-parallel.js';
import { rptest } from './rptest.js';
import { xmalloc } from './xmalloc.js';

const programs: Record<string, Program<never>> = {
  'random-mixed': randomMixed,
  replace,
  large,
  cache,
  larson,
  mstress,
  xmalloc,
  rptest,
  'glibc-thread': glibcThread,
  'replay-parallel': replayParallel,
};

export function programOf(name: string): Program<never> {
  const program = programs[name];
  if (program === undefined) throw new Error(`no program '${name}'`);
  return program;
}
