import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packAndInstall, type PackedProject } from '../support/packed.js';

const text = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
const examples = [...text.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code!);

/** The example that has a line. */
function example(line: string): string {
  const found = examples.filter((code) => code.includes(line));
  expect(found, `examples with ${line}`).toHaveLength(1);
  return found[0]!;
}

let project: PackedProject;
beforeAll(() => {
  project = packAndInstall();
});
afterAll(() => {
  rmSync(dirname(project.folder), { recursive: true, force: true });
});

describe('an example of the README', () => {
  it('is one of those below', () => {
    expect(examples).toHaveLength(9);
  });

  it.each([
    ['// first.mjs', 'sum 500\nblocks left 0\n'],
    ['// mailbox.mjs', '42\n'],
    ['// terminated.mjs', 'still in use: 8192 bytes\n'],
  ])('%s runs as it says', (line, output) => {
    project.write({ 'example.mjs': example(line) });
    expect(project.run('example.mjs')).toBe(output);
  });

  it('shares a heap with piscina tasks, and nothing of a closed pool stays behind', () => {
    const code = example('// pool.mjs');
    const figures = 'console.log(heap.stats().threads.length, heap.stats().liveBlocks);\n';
    expect(code.endsWith('heap.detach();\n')).toBe(true);
    project.write({
      // A worker that starts later has nothing to do with the heap any more.
      'pool.mjs': `import { Worker } from 'node:worker_threads';
        ${code.replace('heap.detach();', `${figures}heap.detach();`)}
        new Worker("console.log('another')", { eval: true });\n`,
      'task.mjs': example('// task.mjs'),
    });
    expect(project.run('pool.mjs')).toBe('0.5\n1 0\nanother\n');
  });

  it('gives back what an arena handed out', () => {
    const after = 'console.log(heap.verify().ok, heap.stats().liveBlocks);\n';
    project.write({ 'arena.mjs': example('arena.rewind(mark)') + after });
    expect(project.run('arena.mjs')).toBe('true 0\n');
  });

  it('finds an overrun, and tells where the block came from', () => {
    project.write({ 'debug.mjs': example("from 'hakmem/debug'") });
    const output = project.run('debug.mjs');
    expect(output).toMatch(/^ERR_BLOCK_OVERRUN\n/);
    expect(output).toContain('debug.mjs:5');
    expect(output).toContain('1 block in use, 100 bytes');
  });

  it('keeps a view that follows a heap that grows', () => {
    project.write({
      'views.mjs': `
        import { Heap } from 'hakmem';
        const heap = Heap.create();
        ${example('function bytesOf(ptr, length)')}
        const first = u8;
        let lost = 0;
        let whole = true;
        for (let i = 0; i < 30; i++) {
          const ptr = heap.malloc(2 ** 20);
          bytesOf(ptr, 2 ** 20).fill(7);
          whole &&= heap.u8[ptr] === 7 && heap.u8[ptr + 2 ** 20 - 1] === 7;
          if (first[ptr] === undefined) lost++;
        }
        console.log(whole, lost > 0);
      `,
    });
    expect(project.run('views.mjs')).toBe('true true\n');
  });

  it('works in a loop with the heap of a worker', () => {
    const calls =
      'work([{ bytes: 100 }, { bytes: 5000 }]);\nconsole.log(heap.stats().liveBlocks);\n';
    project.write({
      'loop.mjs': `
        import { workerData } from 'node:worker_threads';
        import { Heap } from 'hakmem';
        ${example('function work(jobs)') + calls}`,
      'start.mjs': `
        import { Worker } from 'node:worker_threads';
        import { Heap } from 'hakmem';
        const heap = Heap.create({ initialBytes: 2 ** 24, maximumBytes: 2 ** 24 });
        new Worker(new URL('./loop.mjs', import.meta.url), { workerData: { heap: heap.handle } });
      `,
    });
    expect(project.run('start.mjs')).toBe('0\n');
  });
});
