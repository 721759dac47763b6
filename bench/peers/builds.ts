/** Other builds of hakmem, measured by turns with this one: what a change gives, or a check costs. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeBuild, recipeOf } from '../ab/builds.js';
import type { ScriptPeer } from './peer.js';

export class BuildPeers implements Disposable {
  readonly peers: ScriptPeer[] = [];
  readonly #folders: string[] = [];

  /**
   * @param wanted bundles of the library, or git revisions
   * @throws CommandError where one is neither
   */
  static async make(wanted: readonly string[]): Promise<BuildPeers> {
    const builds = new BuildPeers();
    const recipes = wanted.map((name) => ({ name, recipe: recipeOf(name) }));
    for (const [index, { name, recipe }] of recipes.entries()) {
      const { folder } = await makeBuild(recipe, `bench-${process.pid}-${index}`);
      builds.#folders.push(folder);
      const program = join(folder, 'bench', 'child', 'main.js');
      builds.peers.push({ kind: 'script', name, share: 1, program });
    }
    return builds;
  }

  [Symbol.dispose](): void {
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
  }
}
