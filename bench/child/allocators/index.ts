/** Makes an allocator by its name. */
import { floor } from './floor.js';
import { hakmem } from './hakmem.js';
import type { Instance, InstanceOptions } from './instance.js';
import { arrays, buffers, sharedArrays } from './objects.js';

export interface AllocatorChoice {
  readonly name: string;
  /** The WebAssembly module, for those that are one. */
  readonly file?: string;
}

export async function openAllocator(
  { name, file }: AllocatorChoice,
  options: InstanceOptions,
): Promise<Instance> {
  switch (name) {
    case 'hakmem':
      return hakmem(options);
    case 'Buffer.allocUnsafe':
      return buffers();
    case 'Uint8Array':
      return arrays();
    case 'SharedArrayBuffer':
      return sharedArrays();
    case 'floor':
      return floor(options);
    case '@thi.ng/malloc':
      // Loaded when asked for, so that the others do without the package.
      return (await import('./thing.js')).thing(options);
    default:
      if (file === undefined) throw new Error(`no allocator '${name}'`);
      return (await import('./wasm.js')).wasm(file, options);
  }
}
