/** Reads the machine code that V8 prints with `--print-opt-code`; its instructions are those of x64. */

export interface Instruction {
  /** In bytes from the function's start. */
  readonly offset: number;
  /** Mnemonic and operands. */
  readonly text: string;
  /** The offset that a jump within the function leads to. */
  readonly target: number | undefined;
}

export interface Listing {
  readonly name: string;
  /** V8's name of the compiler's tier, such as TURBOFAN or TURBOFAN_JS. */
  readonly tier: string;
  readonly instructions: readonly Instruction[];
}

/** Address, offset, the bytes themselves, then what they say and perhaps a comment. */
const LINE = /^0x[0-9a-f]+ +([0-9a-f]+) +[0-9a-f]+ +(?:REX\.W )?(.*?)(?: +;; .*)?$/;
const TARGET = /^j\w+ .*<\+0x([0-9a-f]+)>$/;

/** Every function in what V8 printed, in the order in which it was compiled. */
export function parseListings(output: string): Listing[] {
  return output
    .split(/^--- Optimized code ---$/m)
    .slice(1)
    .map((text) => ({
      name: property(text, 'name'),
      tier: property(text, 'kind'),
      instructions: instructionsOf(text),
    }));
}

function property(text: string, name: string): string {
  return new RegExp(`^${name} = (.*)$`, 'm').exec(text)?.[1].trim() ?? '';
}

function instructionsOf(text: string): Instruction[] {
  const [, code = ''] = text.split(/^Instructions \(size = \d+\)$/m);
  const [instructions] = code.trimStart().split(/^$/m);
  return instructions.split('\n').flatMap((line) => {
    const match = LINE.exec(line);
    return match === null ? [] : [instruction(match[1], match[2])];
  });
}

function instruction(offset: string, text: string): Instruction {
  const target = TARGET.exec(text)?.[1];
  return {
    offset: parseInt(offset, 16),
    text,
    target: target === undefined ? undefined : parseInt(target, 16),
  };
}
