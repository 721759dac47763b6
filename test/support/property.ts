import type { Parameters } from 'fast-check';

/**
 * Parameters of a fast-check property: a fixed seed for everyday runs, so that a failure is the
 * same for everybody, and another seed with many more runs under `npm run test:property:long`.
 *
 * @param runs how many cases an everyday run tries
 * @param seed of the everyday run
 */
export function propertyRuns(runs: number, seed = 0x68616b): Pick<Parameters, 'seed' | 'numRuns'> {
  return {
    seed: fromEnvironment('HAKMEM_PROPERTY_SEED') ?? seed,
    numRuns: runs * (fromEnvironment('HAKMEM_PROPERTY_FACTOR') ?? 1),
  };
}

function fromEnvironment(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`${name} must be an integer, got '${text}'`);
  return value;
}
