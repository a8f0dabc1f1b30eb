import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const processProperties = [
  { object: 'process', property: 'env', message: 'Only src/main.ts reads the environment.' },
  { object: 'process', property: 'exit', message: 'Only src/main.ts ends the process.' },
];

// A wall clock is set by hand and by NTP: a duration that is taken from it can be an hour too long, or negative.
const wallClock =
  'Take durations from a monotonic clock, and times for people from the Clock (src/lib/time/clock.ts).';
/** These tell people, files or other programs what time it is, or ask what they say, and measure nothing. */
const wallClockReaders = [
  'src/lib/time/clock.ts',
  'src/config/tls.ts', // until when a certificate is valid
  'src/outputs/hls/storage/window-disk.ts', // the text of the heartbeat
  'src/setup-lock.mjs', // times of files
  'src/simulator/http/exchange.ts', // Date
  'src/simulator/journal.ts', // compared with the times that browsers see
  'public/camera/camera.js', // since when there is no signal
];

const processEdge = ['src/main.ts', 'src/launch.mjs', 'src/setup.mjs', 'test/**', 'bench/**'];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'vitest.config.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: 'test/tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Numbers in texts are everywhere here (sizes, stamps); the rule guards against objects, which stays on.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Rows of `static` readers of bytes read better as classes with a private constructor and a static factory.
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.mjs', 'public/**/*.js'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'URL',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'performance',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['public/**/*.js'],
    rules: { 'no-undef': 'off' }, // tsc checks these files against the DOM, which knows the globals better
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        // Passes the compiler but is missing in Node 20.
        { name: 'AsyncDisposableStack', message: 'Not in Node 20.' },
        { name: 'DisposableStack', message: 'Not in Node 20.' },
      ],
      'no-restricted-properties': ['error', ...processProperties],
    },
  },
  {
    files: ['src/**/*.{ts,mjs}', 'public/**/*.js'],
    ignores: wallClockReaders,
    rules: {
      'no-restricted-properties': [
        'error',
        ...processProperties,
        { object: 'Date', property: 'now', message: wallClock },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: wallClock },
      ],
    },
  },
  { files: processEdge, rules: { 'no-restricted-properties': 'off', 'no-console': 'off' } },
);
