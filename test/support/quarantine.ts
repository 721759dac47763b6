import { onTestFinished } from 'vitest';
import { debugSettings } from '../../src/hardened/settings.js';

/** For the running test: the debug build frees at once, as the others do. */
export function withoutQuarantine(): void {
  const { quarantineBlocks } = debugSettings;
  debugSettings.quarantineBlocks = 0;
  onTestFinished(() => {
    debugSettings.quarantineBlocks = quarantineBlocks;
  });
}
