/** vitest's own command line, with a sentence in place of a stack for arguments that it refuses. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UNUSABLE } from './command.mjs';

const vitest = dirname(createRequire(import.meta.url).resolve('vitest/package.json'));
try {
  await import(pathToFileURL(join(vitest, 'vitest.mjs')).href);
} catch (error) {
  if (!(error instanceof Error) || error.name !== 'CACError') throw error;
  console.error(`error: ${error.message}; see npx vitest --help`);
  process.exitCode = UNUSABLE;
}
