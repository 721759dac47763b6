import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Lets go of the memory of heaps that nobody refers to any more. V8 does not count a shared
 * buffer's pages as a reason to collect garbage, so a long run of tests would fill the machine.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
