import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder } from '../../../bench/lib/project.js';
import { chooseWorkloads, workloads } from '../../../bench/workloads/index.js';

const all = workloads([1, 2]);
const namesOf = (...names: string[]) => chooseWorkloads(all, names).map(({ name }) => name);

describe('the workloads', () => {
  it('have names of their own', () => {
    const names = all.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('of one group have one unit', () => {
    const units = new Map(all.map(({ group, unit }) => [group, unit]));
    for (const { group, unit } of all) expect(unit).toBe(units.get(group));
  });

  it('have a program in C where they name one', () => {
    for (const { twin } of all) {
      if (twin === undefined) continue;
      expect(existsSync(join(projectFolder(), 'bench', 'native', `${twin.program}.c`))).toBe(true);
    }
  });

  it('are chosen by name, by family and by number of threads', () => {
    expect(namesOf()).toEqual(all.map(({ name }) => name));
    expect(namesOf('larson')).toEqual(['larson/8-1000', 'larson/8-1000@2']);
    expect(namesOf('random-mixed/16-128')).toEqual([
      'random-mixed/16-128',
      'random-mixed/16-128@2',
    ]);
    expect(namesOf('random-mixed/16-128@2')).toEqual(['random-mixed/16-128@2']);
    expect(chooseWorkloads(workloads([4]), ['mstress']).map(({ threads }) => threads)).toEqual([4]);
  });

  it('that are not there are refused, with those that are', () => {
    expect(() => namesOf('larsen')).toThrow(/no workload 'larsen'; there are random-mixed, /);
    expect(() => namesOf('random')).toThrow(RangeError);
  });
});
