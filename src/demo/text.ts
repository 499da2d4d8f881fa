/** Strings that a YAML writer or reader is prone to turn into something else, under a name each. */
export const YAML_TRAPS: Readonly<Record<string, string>> = {
  'bool-yes': 'yes',
  'bool-no': 'No',
  'bool-on': 'on',
  'bool-true': 'true',
  hexadecimal: '0x10',
  exponent: '1e3',
  octal: '012',
  'octal-1.2': '0o14',
  underscore: '1_000',
  sexagesimal: '12:30:45',
  version: '1.10',
  infinity: '.inf',
  'not-a-number': '.NaN',
  'plus-one': '+1',
  null: 'null',
  tilde: '~',
  date: '2001-01-01',
  time: '2001-12-14t21:59:43.10-05:00',
  equals: '=',
  'merge-key': '<<',
  empty: '',
  'space-only': '   ',
  'leading-space': '  two before',
  'trailing-space': 'two after  ',
  tab: '\tone before, one\tinside, one after\t',
  comment: 'before # not a comment',
  mapping: 'key: value',
  'trailing-colon': 'key:',
  'sequence-item': '- item',
  'complex-key': '? key',
  'flow-mapping': '{a: b',
  'flow-sequence': '[a, b',
  anchor: '&anchor',
  alias: '*alias',
  tag: '!!binary aGVsbG8=',
  directive: '%YAML 1.2',
  reserved: '@at `tick`',
  'single-quote': "it's",
  'double-quote': 'say "hi"',
  backslash: 'C:\\new\\table \\u0041',
  'literal-mark': '|',
  'folded-mark': '>-',
  'document-start': '---',
  'document-end': '...',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text itself is meant
  'variable-like': '$oidc.clientSecret ${HOME} {{ .Values.x }}',
};

/** Texts of several lines. */
export const BLOCK_TEXTS: Readonly<Record<string, string>> = {
  'one-newline': 'first\nsecond\n',
  'no-newline': 'first\nsecond',
  'three-newlines': 'first\nsecond\n\n\n',
  'newlines-only': '\n\n',
  'leading-newline': '\nsecond\n',
  'leading-spaces': '    indented first\n  less\nnone\n',
  'trailing-spaces': 'first  \n  \nthird \n',
  separators: 'kind: A\n---\nkind: B\n...\n--- # third\n',
  crlf: 'first\r\nsecond\r\n',
  'lone-cr': 'first\rsecond\n',
  tabs: '\tfirst\n\t\tsecond\n',
  comments: '# first\nkey: value # second\n#third',
  'long-line': `${'a long line that writers like to fold, '.repeat(12)}\nand a short one\n`,
};

/**
 * Text beyond ASCII, as code points: editors and reviews must not lose any of it.
 *
 * Left out is what `argocd admin export` 3.1.9 does not survive: DEL, the C1 controls and U+FFFE end it with exit
 * code 20; NEL becomes a space. LS and PS become line breaks, then spaces, but not in a string that it has to
 * escape anyway, hence the bell beside them.
 */
export const UNICODE_TEXTS: Readonly<Record<string, string>> = {
  korean: '\ubc31\uc5c5\uacfc \ubcf5\uad6c',
  'korean-decomposed': '\ubc31\uc5c5'.normalize('NFD'),
  emoji: '\u{1f680} \u{1f469}\u200d\u{1f4bb} \u{1f1f0}\u{1f1f7}',
  'right-to-left': '\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202eabc\u202c',
  combining: 'Zu\u0308rich, Z\u00fcrich, a\u0301\u0327\u0323',
  'line-separators': '\u0007ls\u2028ps\u2029end',
  'zero-width': 'zero\u200bwidth\u200c\u200d\u2060joiners',
  'byte-order-mark': '\ufeffmark, \ufeff inside',
  'no-break-space': '\u00a0no\u00a0break\u202f',
  astral: '\u{20000}\u{10ffff}',
  replacement: '\ufffd',
  control: 'bell \u0007, escape \u001b[31m',
};
