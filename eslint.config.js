import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/**
 * Rules for every TypeScript file; formatting is prettier's business alone.
 *
 * @type {import('eslint').Linter.RulesRecord}
 */
const everywhere = {
  eqeqeq: 'error',
  'max-lines': ['error', { max: 400 }],
  'no-console': 'off',
  'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
  'object-shorthand': 'error',
  'prefer-const': 'error',

  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/restrict-template-expressions': [
    'error',
    { allowNumber: true, allowBoolean: true },
  ],
  // Views are indexed in every line of an allocator; an index that cannot be out of range is
  // asserted where a check would cost.
  '@typescript-eslint/no-non-null-assertion': 'off',
  // Arguments come from untyped callers too, so what types rule out is checked all the same.
  '@typescript-eslint/no-unnecessary-condition': 'off',
  // A type parameter used once still names the element type for the reader.
  '@typescript-eslint/no-unnecessary-type-parameters': 'off',
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
};

export default defineConfig(
  { ignores: ['dist/', 'build/', 'coverage/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: everywhere,
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        { name: 'Atomics', message: 'Atomics are used in src/base/atomics.ts only.' },
        { name: 'require', message: 'The library runs without Node too.' },
        { name: 'document', message: 'The library runs without a browser too.' },
        { name: 'window', message: 'The library runs without a browser too.' },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[property.name='Atomics']",
          message: 'Atomics are used in src/base/atomics.ts only.',
        },
        {
          selector: "Program > VariableDeclaration[kind!='const']",
          message: 'The build makes every top-level variable of the library a constant.',
        },
        {
          selector: 'ImportExpression',
          message: 'The library is one file without imports, dynamic ones included.',
        },
      ],
    },
  },
  {
    files: ['src/base/atomics.ts'],
    rules: { 'no-restricted-globals': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Tests hand over what types forbid, through `as never` and unknown values.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/require-await': 'off',
      // An index with `!` says that the element is there, whatever the compiler's options.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[property.name=/^(only|skip|todo|skipIf|runIf)$/]',
          message: 'Every test runs, everywhere.',
        },
      ],
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: globals.node },
    rules: { eqeqeq: 'error', 'max-lines': ['error', { max: 400 }] },
  },
);
