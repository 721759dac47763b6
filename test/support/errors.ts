import { expect } from 'vitest';
import { HakmemError, type HakmemErrorCode } from '../../src/index.js';

/** The code of the HakmemError that the action throws; anything else that it throws passes on. */
export function codeOf(action: () => unknown): HakmemErrorCode | 'no error' {
  try {
    action();
  } catch (error) {
    if (error instanceof HakmemError && error instanceof Error) return error.code;
    throw error;
  }
  return 'no error';
}

/** The message of the HakmemError that the action throws; anything else that it throws passes on. */
export function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof HakmemError) return error.message;
    throw error;
  }
  throw new Error('no error');
}

/** Expects a HakmemError with one of these codes. */
export function expectCode(action: () => unknown, ...codes: HakmemErrorCode[]): void {
  const code = codeOf(action);
  if (codes.length === 1) expect(code).toBe(codes[0]);
  else expect(codes).toContain(code);
}
