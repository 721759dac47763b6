/**
 * `npm run test:debug [-- vitest arguments]`
 *
 * The tests under the flags of `hakmem/debug`, their workers included.
 */
import { runVitest } from './vitest.mjs';

const args = ['--project', 'debug', '--project', 'interleave', ...process.argv.slice(2)];
process.exitCode = runVitest(process.execPath, args, { HAKMEM_TEST_BUILD: 'debug' });
