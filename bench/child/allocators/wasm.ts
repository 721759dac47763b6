/**
 * Allocators compiled to WebAssembly and called from JavaScript, one instance a thread. What they
 * export is named malloc, calloc, realloc and free in both.
 */
import { readFileSync } from 'node:fs';
import { addressed, type Allocator, type Instance, type InstanceOptions } from './instance.js';

interface Exports extends Allocator {
  readonly memory: WebAssembly.Memory;
}

/** @param file path of the module, from the parent process, which compiled it */
export async function wasm(file: string, { bytes }: InstanceOptions): Promise<Instance> {
  // Loaded when needed: it warns that it is experimental.
  const { WASI } = await import('node:wasi');
  const module = new WebAssembly.Module(readFileSync(file));
  const wasi = new WASI({ version: 'preview1' });
  const imports = {
    wasi_snapshot_preview1: wasi.wasiImport,
    env: {
      abort: () => {
        throw new Error('the module aborted');
      },
    },
  };
  const instance = new WebAssembly.Instance(module, imports);
  const exports = instance.exports as unknown as Exports;
  if ('_initialize' in exports) wasi.initialize(instance);
  const { buffer } = exports.memory;
  if (buffer.byteLength < bytes) throw new Error(`the module has no room for ${bytes} bytes`);
  return addressed(exports, buffer);
}
