/** The slow halves of malloc and free are too long for V8 to inline, and mean what they say. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, expect, test } from 'vitest';
import { bundleLibrary } from '../../../scripts/bundle.mjs';
import { defines } from '../../../scripts/flags.mjs';
import { keepFromInlining, keptOut } from '../../../scripts/noinline.mjs';

/** The default of `--max-inlined-bytecode-size`. */
const INLINED_BYTES = 460;

const folder = mkdtempSync(join(tmpdir(), 'hakmem-noinline-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The bytes of bytecode of the functions of a name that a program ran, by V8's own listing. */
function bytecodeLengths(bundle: string, program: string, name: string): number[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--print-bytecode',
      `--print-bytecode-filter=${name}`,
      '--input-type=module',
      '--eval',
      program,
    ],
    { encoding: 'utf8', env: { ...process.env, BUNDLE: pathToFileURL(bundle).href } },
  );
  expect(stderr).toBe('');
  return [...stdout.matchAll(/^Bytecode length: (\d+)$/gm)].map(([, length]) => Number(length));
}

test('a function with the tag becomes longer, on the same lines, and means the same', () => {
  const script = `class A {
  /** @noinline The slow half. */
  slow(x) {
    return [x, typeof x];
  }
  fast(x) {
    return x;
  }
}
new A();`;
  const long = keepFromInlining(script);
  expect(long.split('\n').length).toBe(script.split('\n').length);
  expect(keptOut(script).map(({ name }) => name)).toEqual(['slow']);
  expect(long.length).toBeGreaterThan(script.length + INLINED_BYTES / 2);
  const a = runInNewContext(long) as { slow: (x: unknown) => unknown };
  const values = [0, 1, -1, -2, 2 ** 31, 2 ** 32 - 1, 0.5, NaN, 'a', null, undefined, {}];
  for (const value of values) expect(a.slow(value)).toEqual([value, typeof value]);
});

test.each(['', '{ a }', '[a]'])('a tag that cannot be followed stops the build: (%s)', (list) => {
  const script = `/** @noinline */\nfunction f(${list}) {}`;
  expect(() => keepFromInlining(script)).toThrow('needs a parameter');
});

test('V8 finds the slow halves of malloc and free longer than what it inlines', async () => {
  const bundle = join(folder, 'hakmem.js');
  await bundleLibrary(defines(), bundle);
  const kept = keptOut(readFileSync(bundle, 'utf8')).map(({ name }) => name);
  expect(kept).toEqual(['mallocFromSlabs', 'freeOther']);
  for (const name of kept) {
    const lengths = bytecodeLengths(
      bundle,
      `const { Heap } = await import(process.env.BUNDLE);
       const heap = Heap.create({ maximumBytes: 8 << 20 });
       const blocks = Array.from({ length: 2000 }, () => heap.malloc(64));
       for (const block of blocks) heap.free(block);`,
      name,
    );
    expect(lengths.length).toBe(1);
    expect(lengths[0]).toBeGreaterThan(INLINED_BYTES);
  }
});
