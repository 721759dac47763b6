/**
 * `npm run test:debug [-- vitest arguments]`
 *
 * The tests under the flags of `hakmem/debug`, their workers included.
 */
import { runVitest } from './vitest.mjs';

process.exitCode = runVitest(process.execPath, ['--project', 'debug', ...process.argv.slice(2)], {
  HAKMEM_TEST_BUILD: 'debug',
});
