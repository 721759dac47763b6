/** What is counted of V8's listings, by hand in a short one and in those of this Node. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countLoop, turnOf } from '../../../bench/code/count.js';
import { parseListings } from '../../../bench/code/listing.js';
import { isAccess, isBranch, loopPath } from '../../../bench/code/path.js';
import { bundlePrograms } from '../../../scripts/bundle.mjs';
import { defines } from '../../../scripts/flags.mjs';
import { builtEntry, bundleBenchmarks } from '../../support/entry.js';

/**
 * The form is V8's, the code shortened: a loop from 20 to 3a whose first half is entered at 24, with a
 * call behind a branch that is not for the fast path, one that is taken on it, a check of the stack
 * beyond its end that comes back into the middle, and a deoptimisation.
 */
const listing = `--- Raw source ---
(){ hotTurns(); }


--- Optimized code ---
optimization_id = 70
source_position = 364
kind = TURBOFAN_JS
name = hot
stack_slots = 9
compiler = turbofan
address = 0x29b2c8a9ab11

Instructions (size = 101)
0x7f971681ca80     0  55                   push rbp
0x7f971681ca81     1  4d3b55a0             REX.W cmpq r10,[r13-0x60] (external value (StackGuard::address_of_jslimit()))
0x7f971681ca85     5  0f865b030000         jna 0x7f971681cac4  <+0x44>
0x7f971681ca8b     b  e916000000           jmp 0x7f971681caa4  <+0x24>
0x7f971681ca90    10  0f1f4000             nop
0x7f971681caa0    20  4d8be0               REX.W movq r12,r8
0x7f971681caa4    24  3d00040000           cmp rax,0x400
0x7f971681caa9    29  0f8345010000         jnc 0x7f971681cac2  <+0x42>
0x7f971681caaf    2b  418b34b3             movl rsi,[r11+rsi*4]
0x7f971681cab1    2d  0f85af000000         jnz 0x7f971681cab8  <+0x38>
0x7f971681cab3    2f  ffd1                 call rcx
0x7f971681cab5    31  e934000000           jmp 0x7f971681caba  <+0x3a>
0x7f971681cab8    38  49b9d99c48ca3b250000 REX.W movq r9,0x253bca489cd9    ;; object: 0x253bca489cd9 <Uint16Array map = 0x3a34bf5255f1>
0x7f971681caba    3a  488d24cc             REX.W leaq r8,[r12+rdx*1]
0x7f971681cabc    3c  0f8200000000         jc 0x7f971681cada  <+0x5a>
0x7f971681cabe    3e  e9a5feffff           jmp 0x7f971681caa0  <+0x20>
0x7f971681cac2    42  c20800               ret 0x8
0x7f971681cac4    44  e85b9be11f           call 0x7f9736636980  (CEntry)    ;; near builtin entry
0x7f971681cac9    49  e99efdffff           jmp 0x7f971681caba  <+0x3a>
0x7f971681cada    5a  41ff55d8             call [r13-0x28]    ;; debug: deopt position, script offset '14af5'
                                                             ;; debug: deopt reason 'out of bounds'
                                                             ;; debug: deopt index 0
0x7f971681cade    5e  90                   nop

Source positions:
 pc offset  position
         b       364
`;

const rename = (name: string, from = listing) => from.replace('name = hot', `name = ${name}`);

describe('a listing', () => {
  it('is read into instructions with the targets of their jumps', () => {
    const [{ name, tier, instructions }] = parseListings(listing);
    expect([name, tier, instructions.length]).toEqual(['hot', 'TURBOFAN_JS', 21]);
    expect(instructions[3]).toEqual({
      offset: 0xb,
      text: 'jmp 0x7f971681caa4  <+0x24>',
      target: 0x24,
    });
    expect(instructions[12].text).toBe('movq r9,0x253bca489cd9');
    expect(instructions.at(-1)).toEqual({ offset: 0x5e, text: 'nop', target: undefined });
  });

  it('has one turn without calls, from the head of its loop on', () => {
    const turn = loopPath(parseListings(listing)[0].instructions);
    expect(turn.map(({ offset }) => offset)).toEqual([
      0x20, 0x24, 0x29, 0x2b, 0x2d, 0x38, 0x3a, 0x3c, 0x3e,
    ]);
    expect(turn.filter(isAccess).map(({ offset }) => offset)).toEqual([0x2b]);
    expect(turn.filter(isBranch).map(({ offset }) => offset)).toEqual([0x29, 0x2d, 0x3c]);
  });

  it('goes where most is written if several ways make no call, and else the shortest way', () => {
    const offsetsOf = (from: string) =>
      loopPath(parseListings(from)[0].instructions).map(({ offset }) => offset);
    const short = [0x20, 0x24, 0x29, 0x2b, 0x2d, 0x38, 0x3a, 0x3c, 0x3e];
    const long = [0x20, 0x24, 0x29, 0x2b, 0x2d, 0x2f, 0x31, 0x3a, 0x3c, 0x3e];
    expect(offsetsOf(listing.replace('call rcx', 'movl rcx,0x1'))).toEqual(short);
    expect(offsetsOf(listing.replace('call rcx', 'movl [rbp-0x30],rcx'))).toEqual(short);
    expect(offsetsOf(listing.replace('call rcx', 'cmpl [r11+rsi*4],rcx'))).toEqual(short);
    expect(offsetsOf(listing.replace('call rcx', 'movl [r11+rsi*4],rcx'))).toEqual(long);
  });

  it('has no turn where each calls something, and not one where there are two loops', () => {
    const busy = listing.replace('movl rsi,', 'call rsi,');
    expect(loopPath(parseListings(busy)[0].instructions)).toEqual([]);
    const twice = listing.replace('push rbp', 'jna 0x7f971681ca80  <+0x0>');
    expect(() => loopPath(parseListings(twice)[0].instructions)).toThrow('2 loops instead of one');
  });
});

describe('of what Node printed', () => {
  it("the code that was made last counts, V8's last tier alone", () => {
    const shorter = listing.replace(/.*leaq.*\n/, '').replace(/<\+0x3a>/g, '<+0x3c>');
    expect(turnOf(listing + shorter, 'malloc')).toHaveLength(8);
    expect(turnOf(shorter + listing, 'malloc')).toHaveLength(9);
    const maglev = shorter.replace('TURBOFAN_JS', 'MAGLEV');
    expect(turnOf(listing + maglev, 'malloc')).toHaveLength(9);
  });

  it('the loop itself counts where it was not written into its caller', () => {
    const caller = listing.replace(/jmp .*<\+0x20>/, 'ret 0x8');
    expect(turnOf(rename('hotTurns') + caller, 'malloc')).toHaveLength(9);
  });

  it.each([
    ['nothing', ''],
    ['another function', rename('cold')],
    ['the code of another tier', listing.replace('TURBOFAN_JS', 'MAGLEV')],
    ['no code', listing.replace(/^0x.*\n/gm, '')],
  ])('%s is refused in a sentence', (_, output) => {
    expect(() => turnOf(output, 'free')).toThrow(/^free: this Node prints no optimised code of it/);
  });
});

describe('on this Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hakmem-code-'));
  beforeAll(async () => {
    await bundlePrograms(['bench/code/child.ts'], defines(), { outdir: folder });
    await bundleBenchmarks();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('free has a fast path without calls, if its machine code can be read', async () => {
    const child = join(folder, 'bench', 'code', 'child.js');
    const counted = countLoop(process.execPath, child, 'free');
    if (process.arch !== 'x64') {
      await expect(counted).rejects.toThrow('no optimised code');
      return;
    }
    const turn = await counted;
    const text = turn.map((one) => one.text).join('\n');
    // The block's address is read, the page map, the free mark and the cache's word; three are written.
    expect(turn.filter(isAccess).length).toBeGreaterThanOrEqual(7);
    // The free mark depends on the address.
    expect(text).toMatch(/\bxorl? /);
    expect(text).not.toMatch(/\bcall\b/);
  });

  it('a loop that does not run is told of', async () => {
    const gone = countLoop(process.execPath, join(folder, 'gone.js'), 'free');
    await expect(gone).rejects.toThrow(/^free: Error: Cannot find module/);
  });

  it.each([
    [['fre'], /^error: no loop 'fre'; there are malloc, /],
    [['--node', '7'], /It must be 20, 22, 24, 26 or the path of a Node binary/],
  ])('npm run bench:code refuses %j', (args, message) => {
    const main = fileURLToPath(builtEntry('../../../bench/code/main.ts', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
    expect(stderr).toMatch(message);
    expect(status).toBe(2);
  });
});
