/** What fuzzing draws from: the corpus in pieces, put together anew, between anything at all. */
import fc from 'fast-check';
import { DATA_COMMANDS, MARK, TEXTS } from './words.js';

/** Bits of what readers of text look for, so that chance finds whole ones. */
const PIECES = [
  ...['::', ':', '##[', '#', '[', ']', ' ', '  ', '\t', '\n', '\r', '\r\n', '%0A', '%', ';', ',', '='],
  ...[
    '\u0085',
    '\u2028',
    '\u2029',
    '\u00A0',
    '\u3000',
    '\uFEFF',
    '\u200B',
    '\u200D',
    '\u00AD',
    '\u061C',
    '\u180E',
    '\u0000',
  ],
  ...['\u001b[31m', '\u001b]8;;', '\u202E', '\uD800', '\uDC00', '\u0301', '字', '🚀'],
  ...[
    '<',
    '>',
    '"',
    "'",
    '`',
    '```',
    '&',
    '|',
    '*',
    '_',
    '!',
    '(',
    ')',
    '\\',
    '@',
    '-',
    '---',
    '- ',
    '/',
    '.',
  ],
  ...[
    'https://',
    'www.',
    'evil.example',
    'ftp://',
    'mailto:',
    '<!-- ',
    ' -->',
    '<b>',
    ']]>',
    '&lt;',
    '{',
    '}',
    '$',
  ],
  ...['word', 'x'.repeat(60), '__proto__', 'null', '0', '-1', '1e999', '0x', '9'.repeat(30)],
  ...DATA_COMMANDS.flatMap((name) => [name, `::${name}::${MARK}`, `##[${name}]${MARK}`]),
];

const anything = fc.string({ unit: 'binary', maxLength: 20 });

/** A text that attacks, or is put together of pieces that do. */
export const text = (): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.array(fc.oneof(fc.constantFrom(...PIECES), anything), { maxLength: 24 }).map(joined),
    },
    { weight: 1, arbitrary: fc.constantFrom(...TEXTS.map(({ value }) => value)) },
  );

const joined = (parts: string[]) => parts.join('');

/** Short enough for a part of something larger. */
export const word = (): fc.Arbitrary<string> =>
  fc.array(fc.oneof(fc.constantFrom(...PIECES), anything), { maxLength: 6 }).map(joined);

/** One change of bytes: at a part of the length, so that it fits whatever is changed. */
interface Change {
  at: number;
  what: 'flip' | 'cut' | 'insert' | 'repeat' | 'end';
  bytes: Uint8Array;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  what: fc.constantFrom('flip', 'flip', 'cut', 'insert', 'repeat', 'end'),
  bytes: fc.uint8Array({ minLength: 1, maxLength: 16 }),
});

/** One to four changes of bytes. */
export const changes = (): fc.Arbitrary<Change[]> => fc.array(change, { minLength: 1, maxLength: 4 });

export const changed = (bytes: Buffer, all: readonly Change[]): Buffer => all.reduce(changedOnce, bytes);

function changedOnce(bytes: Buffer, { at, what, bytes: own }: Change): Buffer {
  const position = Math.floor(at * bytes.length);
  const [before, after] = [bytes.subarray(0, position), bytes.subarray(position)];
  switch (what) {
    case 'flip':
      return Buffer.concat([before, own, after.subarray(own.length)]);
    case 'cut':
      return Buffer.concat([before, after.subarray(own.length)]);
    case 'insert':
      return Buffer.concat([before, own, after]);
    case 'repeat':
      return Buffer.concat([before, after.subarray(0, own.length * 8), after]);
    case 'end':
      return Buffer.from(before);
  }
}

/** The text with changes of its characters instead. */
export const changedText = (source: string, all: readonly Change[]): string =>
  changed(Buffer.from(source), all).toString();

/** One of some texts with changes, or pieces of them side by side. */
export const mutated = (sources: readonly string[]): fc.Arbitrary<string> => {
  const small = sources.filter((source) => source.length < 4_000);
  const lines = small.flatMap((source) => source.split(/(?<=\n)/));
  return fc.oneof(
    fc.tuple(fc.constantFrom(...small), changes()).map(([source, all]) => changedText(source, all)),
    fc.array(fc.oneof(fc.constantFrom(...lines), word()), { maxLength: 20 }).map(joined),
  );
};
