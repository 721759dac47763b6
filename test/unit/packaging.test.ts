import { readFileSync, rmSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packAndInstall, type PackedProject } from '../support/packed.js';

let project: PackedProject;
beforeAll(() => {
  project = packAndInstall();
});
afterAll(() => {
  rmSync(dirname(project.folder), { recursive: true, force: true });
});

const readInstalled = (name: string): string => readFileSync(join(project.installed, name), 'utf8');

describe('the tarball', () => {
  it('holds the bundle, its types and the papers, and nothing else', () => {
    for (const path of project.packedFiles) {
      expect(path).toMatch(/^(dist\/|docs\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/);
    }
    for (const path of ['dist/hakmem.js', 'dist/types/index.d.ts', 'LICENSE', 'README.md']) {
      expect(project.packedFiles).toContain(path);
    }
  });

  it('has papers to read, and no data or pages that they were made of', () => {
    const papers = project.packedFiles.filter((path) => path.startsWith('docs/'));
    expect(papers.filter((path) => !/\.(md|svg)$/.test(path))).toEqual([]);
    expect(papers).toContain('docs/bench/native.svg');
  });

  it('has papers whose relative links lead to what is in it', () => {
    const papers = project.packedFiles.filter((path) => path.endsWith('.md'));
    expect(papers.length).toBeGreaterThan(5);
    const links = papers.flatMap((paper) =>
      [...readInstalled(paper).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
        .map(([, target]) => target!)
        .filter((target) => !/^[a-z]+:/.test(target))
        .map((target) => posix.join(dirname(paper), target)),
    );
    expect(links.length).toBeGreaterThan(20);
    const lost = links.filter((target) => !project.packedFiles.includes(target));
    expect([...new Set(lost)]).toEqual([]);
  });

  it('depends on no package', () => {
    const manifest = JSON.parse(readInstalled('package.json')) as Record<string, unknown>;
    for (const field of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
      expect(manifest).not.toHaveProperty(field);
    }
  });

  it('is one module without imports, and no build flag is left in it', () => {
    const bundle = readInstalled('dist/hakmem.js');
    expect(bundle).not.toMatch(/^\s*import\b|\bimport\(|\brequire\(/m);
    expect(bundle).not.toContain('HAKMEM_BUILD');
  });
});

describe('from plain JavaScript', () => {
  it('has classes of the names that it exports them by', () => {
    project.write({
      'names.js': `
        import * as hakmem from 'hakmem';
        for (const [name, { name: own }] of Object.entries(hakmem)) {
          if (name !== own) throw new Error(name + ' calls itself ' + own);
        }
        const heap = hakmem.Heap.create({ maximumBytes: 2 ** 24 });
        console.log(Object.keys(hakmem).join(' '), heap.constructor.name);
        heap.detach();
      `,
    });
    expect(project.run('names.js')).toBe('Arena HakmemError Heap Heap\n');
  });

  it('is imported by name', () => {
    project.write({
      'plain.js': `
        import * as hakmem from 'hakmem';
        const heap = hakmem.Heap.create({ maximumBytes: 2 ** 24 });
        const view = heap.mallocAs(Float64Array, 100);
        view.fill(1.5);
        console.log(view.reduce((sum, value) => sum + value), heap.owns(view.byteOffset));
        heap.free(view);
        console.log(heap.verify().ok, heap.stats().liveBlocks);
        heap.detach();
      `,
    });
    expect(project.run('plain.js')).toBe('150 true\ntrue 0\n');
  });

  it("is printed in one line out of a bundler's hands, too", async () => {
    project.write({
      'print.js': `
        import { Heap } from 'hakmem';
        const heap = Heap.create({ maximumBytes: 2 ** 24 });
        heap.detach();
        console.log(heap);
      `,
    });
    await build({
      absWorkingDir: project.folder,
      entryPoints: ['print.js'],
      outfile: 'printed.js',
      bundle: true,
      minify: true,
      format: 'esm',
    });
    expect(project.run('printed.js')).toBe('Heap { detached }\n');
  });

  it('is imported where there is no shared memory, and says so when a heap is made', () => {
    project.write({
      'unshared.mjs': `
        delete globalThis.SharedArrayBuffer;
        const { Heap } = await import('hakmem');
        try {
          Heap.create();
        } catch (error) {
          console.log(error.code, error.message.includes('Cross-Origin-Opener-Policy'));
        }
        const memory = new WebAssembly.Memory({ initial: 256, maximum: 256, shared: true });
        const heap = Heap.create({ memory });
        heap.free(heap.mallocAs(Uint8Array, 100));
        heap.detach();
        try {
          heap.malloc(1);
        } catch (error) {
          console.log(error.code);
        }
      `,
    });
    expect(project.run('unshared.mjs')).toBe('ERR_NO_SHARED_MEMORY true\nERR_DETACHED\n');
  });

  it('shares one heap with workers through workerData and through a message', () => {
    project.write({
      'threads.js': `
        import { Worker } from 'node:worker_threads';
        import { once } from 'node:events';
        import { Heap } from 'hakmem';
        const heap = Heap.create({ maximumBytes: 2 ** 24 });
        const ours = heap.mallocAs(Int32Array, 4);
        ours.fill(20);
        const worker = new Worker(new URL('./thread.js', import.meta.url), {
          workerData: { handle: heap.handle, ptr: ours.byteOffset },
        });
        worker.postMessage(heap.handle);
        const [theirs] = await once(worker, 'message');
        await once(worker, 'exit');
        console.log(heap.i32[theirs >> 2], heap.owns(ours.byteOffset));
        heap.free(theirs);
        console.log(heap.verify().ok, heap.stats().liveBlocks);
        heap.detach();
      `,
      'thread.js': `
        import { parentPort, workerData } from 'node:worker_threads';
        import { Heap } from 'hakmem';
        const heap = Heap.attach(workerData.handle);
        parentPort.once('message', (handle) => {
          if (Heap.attach(handle) !== heap) throw new Error('two heaps in one thread');
          const view = heap.mallocAs(Int32Array, 1);
          view[0] = heap.i32[workerData.ptr >> 2] + 1;
          heap.free(workerData.ptr);
          heap.detach();
          parentPort.postMessage(view.byteOffset);
        });
      `,
    });
    expect(project.run('threads.js')).toBe('21 false\ntrue 0\n');
  });

  it('shares one heap with piscina tasks', () => {
    project.write({
      'pool.js': `
        import { Piscina } from 'piscina';
        import { Heap } from 'hakmem';
        const heap = Heap.create({ maximumBytes: 2 ** 24 });
        const pool = new Piscina({
          filename: new URL('./task.js', import.meta.url).href,
          maxThreads: 2,
        });
        const tasks = Array.from({ length: 20 }, (_, n) => pool.run({ handle: heap.handle, n }));
        let sum = 0;
        for (const ptr of await Promise.all(tasks)) {
          sum += heap.f64[ptr >> 3];
          heap.free(ptr);
        }
        await pool.close();
        console.log(sum, heap.verify().ok, heap.stats().liveBlocks);
        heap.detach();
      `,
      'task.js': `
        import { Heap } from 'hakmem';
        export default ({ handle, n }) => {
          const heap = Heap.attach(handle);
          const view = heap.callocAs(Float64Array, 1 + n * 100);
          view[0] = n;
          return view.byteOffset;
        };
      `,
    });
    expect(project.run('pool.js')).toBe('190 true 0\n');
  });
});

const typed = `
  import { Heap, HakmemError, type Arena, type HeapHandle, type Ptr } from 'hakmem';
  import type { AttachOptions, WorkerLike } from 'hakmem';

  using heap = Heap.create({ maximumBytes: 2 ** 24 });
  const handle: HeapHandle = heap.handle;
  const view: Float32Array<SharedArrayBuffer> = heap.mallocAs(Float32Array, 8);
  const bytes: Uint8Array<SharedArrayBuffer> = heap.u8;
  const ptr: Ptr = view.byteOffset;
  {
    using arena: Arena = heap.arena({ chunkBytes: 4096 });
    const ids: BigInt64Array<SharedArrayBuffer> = arena.allocAs(BigInt64Array, 2);
    ids[0] = 7n;
  }
  let code = '';
  try {
    heap.free(ptr + 16);
  } catch (error) {
    if (error instanceof HakmemError) code = error.code;
  }
  const options: AttachOptions = { prewarm: 4 };
  const worker: WorkerLike = { threadId: 9, once: () => undefined };
  heap.watch(worker);
  console.log(Heap.attach(handle, options) === heap, bytes.length > 0, code);
  heap.free(view);
`;

describe('from TypeScript', () => {
  const strict = {
    strict: true,
    exactOptionalPropertyTypes: true,
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable'],
  };
  const forNode = { ...strict, types: ['node'], module: 'nodenext' };
  const forBrowser = {
    ...strict,
    lib: [...strict.lib, 'dom'],
    types: [],
    module: 'esnext',
    moduleResolution: 'bundler',
  };

  /** What the compiler says about one file of the project. */
  function compile(file: string, text: string, compilerOptions: object): string {
    project.write({
      [file]: text,
      'tsconfig.json': JSON.stringify({ compilerOptions, files: [file] }),
    });
    return project.compile();
  }

  it('compiles and runs with the libraries of Node alone', () => {
    expect(compile('typed.ts', typed, forNode)).toBe('');
    expect(project.run('typed.js')).toBe('true true ERR_INVALID_POINTER\n');
  });

  it("compiles with a browser's libraries and a bundler's resolution", () => {
    const text = `${typed}
      const memory = new WebAssembly.Memory({ initial: 64, maximum: 256, shared: true });
      Heap.create({ memory }).detach();
    `;
    expect(compile('typed-browser.ts', text, { ...forBrowser, noEmit: true })).toBe('');
  });

  it('compiles without the library that declares Disposable', () => {
    const text = `
      import { Heap } from 'hakmem';
      Heap.create({ maximumBytes: 2 ** 24 }).detach();
    `;
    const options = { ...forBrowser, lib: ['es2022', 'dom'], noEmit: true };
    expect(compile('plain.ts', text, options)).toBe('');
  });

  it("tells a block's history from the errors of hakmem/debug", () => {
    const text = `
      import { HakmemError, Heap } from 'hakmem/debug';
      const heap = Heap.create({ maximumBytes: 2 ** 24 });
      const ptr = heap.malloc(100);
      heap.free(ptr);
      try {
        heap.free(ptr);
      } catch (error) {
        if (!(error instanceof HakmemError)) throw error;
        const { ptr: where, size, freed } = error.history ?? { ptr: 0, size: 0 };
        console.log(error.code, where === ptr, size, freed?.threadId);
      }
      heap.detach();
    `;
    expect(compile('history.ts', text, forNode)).toBe('');
    expect(project.run('history.js')).toBe('ERR_DOUBLE_FREE true 100 0\n');
  });

  it('takes options that are undefined, and names the type of every setting', () => {
    const text = `
      import { type FrontSettings, Heap, type ResetOptions, type TierSettings } from 'hakmem';
      const given: { threads?: number } = {};
      const heap = Heap.create({ maxThreads: given.threads, config: undefined });
      Heap.attach(heap.handle, { prewarm: undefined });
      const reset: ResetOptions = { retainBytes: undefined };
      heap.arena({ chunkBytes: undefined }).reset(reset);
      const front: Partial<FrontSettings> = { prewarm: 4 };
      const mid: Partial<TierSettings> = { cacheBlocks: 4 };
      heap.detach();
      Heap.create({ maximumBytes: 2 ** 24, config: { front, mid } }).detach();
      console.log('all taken');
    `;
    expect(compile('options.ts', text, forNode)).toBe('');
    expect(project.run('options.js')).toBe('all taken\n');
  });

  it('types the views of a constructor that is a parameter', () => {
    const text = `
      import type { Heap, SharedView, TypedArrayConstructor } from 'hakmem';
      export function take<C extends TypedArrayConstructor>(heap: Heap, type: C): number {
        const view = heap.mallocAs(type, 4);
        const end = view.byteOffset + view.length + view.buffer.byteLength;
        const bytes: ArrayBufferView = view;
        heap.free(view);
        return end + bytes.byteLength;
      }
      export class Box<C extends TypedArrayConstructor> {
        constructor(readonly view: SharedView<C>) {}
        at(index: number): unknown {
          this.view.fill(0 as never);
          return this.view[index];
        }
      }
      export const either = (heap: Heap, type: typeof Uint8Array | typeof Float32Array) =>
        heap.mallocAs(type, 1).byteOffset;
    `;
    const lib = [...strict.lib, 'es2025.float16'];
    expect(compile('generic.ts', text, { ...forNode, noEmit: true })).toBe('');
    expect(compile('generic.ts', text, { ...forNode, lib, noEmit: true })).toBe('');
  });

  it('takes a Float16Array where the libraries have one', () => {
    const text = `
      import { Heap } from 'hakmem';
      const heap = Heap.create({ maximumBytes: 2 ** 24 });
      const halves = heap.mallocAs(Float16Array, 8);
      const buffer: SharedArrayBuffer = halves.buffer;
      const first: number = halves[0];
      halves.fill(0.5);
      heap.free(halves);
      // @ts-expect-error a view on a buffer that is not shared
      const wrong: ArrayBuffer = halves.buffer;
      export { buffer, first, wrong };
    `;
    const lib = [...strict.lib, 'es2025.float16'];
    expect(compile('halves.ts', text, { ...forNode, lib, noEmit: true })).toBe('');
  });

  it('refuses what is no size and no typed array', () => {
    const wrong = `
      import { Heap } from 'hakmem';
      const heap = Heap.create();
      // @ts-expect-error a size is a number
      heap.malloc('8');
      // @ts-expect-error no typed array
      heap.mallocAs(Map, 8);
      // @ts-expect-error a view on a buffer that is not shared
      const view: Int8Array<ArrayBuffer> = heap.mallocAs(Int8Array, 8);
      export { view };
    `;
    expect(compile('wrong.ts', wrong, { ...forNode, noEmit: true })).toBe('');
  });
});
