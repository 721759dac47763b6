import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { root } from '../../scripts/bundle.mjs';

test('the command for tests answers an option that there is not with a sentence', () => {
  const args = ['scripts/test-debug.mjs', '--nonsense'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stdout + stderr).toBe('error: Unknown option `--nonsense`; see npx vitest --help\n');
});
