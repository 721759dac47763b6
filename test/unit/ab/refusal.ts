import { vi } from 'vitest';

/** What a command line writes to standard error before it ends the process. */
export function refusalOf(parse: () => unknown): string {
  let written = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
  const exit = vi.spyOn(process, 'exit').mockImplementation(() => {
    throw new Error('exit');
  });
  try {
    parse();
  } catch (error) {
    if (!(error instanceof Error) || error.message !== 'exit') throw error;
    return written;
  } finally {
    write.mockRestore();
    exit.mockRestore();
  }
  throw new Error('the arguments were not refused');
}
