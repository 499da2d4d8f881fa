/** What strangers may write where GitHub, a zip or a receipt has a name: none of it may be told as it stands. */
export const WORDS = [
  '##[stop-commands]tok',
  '##[add-mask]x',
  '::stop-commands::tok',
  '  ::error::x',
  'a\n::error::x',
  'a\r##[error]x',
  'a\u2028::error::x',
  'a\u0085::error::x',
  '[click](https://evil.example)',
  '![](https://evil.example/x.png)',
  'https://evil.example',
  '<img src=x onerror=alert(1)>',
  '<!-- section install of 00 -->',
  '@octo-org/owners',
  '`code`',
  '| a | b |',
  '\u202Eega.zg.rat',
  'a\u200Bb',
  'a\u3164b',
  'a\u001b[2Jb',
  'x'.repeat(1000),
];

/** What no message may have in it, whatever it tells of. */
export const FOREIGN = /##|\[|\]|::|[<>`|@\p{Cc}\p{Cf}\u2028\u2029\u3164]|x{200}|:\/\//u;
