import { Random } from '../../../src/demo/random.js';

/** Every core of letters and digits begins so: part of one is found as well. */
export const MARK = 'Cn4ry';

/** Hands out cores: short texts that stand nowhere else, of which a secret value is made. */
export class Cores {
  readonly #random = new Random('canary');
  /** Those that were handed out since they were last taken. */
  #handed: string[] = [];
  #count = 0;

  /** Letters and digits, which look the same in URLs, JSON and Go. */
  text(): string {
    return this.#hand(`${MARK}${this.#count++}x${this.#random.text(12)}`);
  }

  /** Of other characters, which do not. */
  of(alphabet: string, length: number): string {
    const characters = [...alphabet];
    return this.#hand(
      Array.from({ length }, () => characters[this.#random.below(characters.length)]).join(''),
    );
  }

  /** Random base64, as in the body of a key; a core stands at the start of its first line and of its last. */
  pem(kind: string, newline = '\n'): string {
    const lines = [this.text(), this.#random.text(64), this.text()].map((line) => line.padEnd(64, 'A'));
    return [`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`, ''].join(newline);
  }

  filler(length: number): string {
    return this.#random.text(length);
  }

  bytes(length: number): Buffer {
    return this.#random.bytes(length);
  }

  take(): string[] {
    const handed = this.#handed;
    this.#handed = [];
    return handed;
  }

  #hand(core: string): string {
    this.#handed.push(core);
    return core;
  }
}

export type Shape = (cores: Cores) => string | Buffer;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const SYMBOLS = '"\\<>&%\'`$|';

const PLAIN: Record<string, Shape> = {
  'letters and digits': (c) => c.text(),
  'two parts': (c) => `${c.text()}-${c.text()}`,
  'four characters': (c) => c.of('~^¬§', 4),
  'five characters': (c) => c.of('~^|;{}', 5),
  'symbols only': (c) => c.of(SYMBOLS, 14),
  'another alphabet only': (c) => c.of('гдежзиклмнпрстуфхцчшщэюя', 14),
  'ideographs only': (c) => c.of('秘密鍵暗号金庫錠扉番人証明書', 12),
  'emoji only': (c) => c.of('🔑🗝🔒🔐🛡🕵', 8),
  'letters with marks': (c) => `pässwörd-${c.text()}-é`,
  'right to left': (c) => `סוד ${c.text()} סוף`,
  'a value within another': (c) => `${c.text()}${c.text()}`,
};

const QUOTING: Record<string, Shape> = {
  'double quotes': (c) => `a"${c.text()}"b`,
  'single quotes': (c) => `it's '${c.text()}'`,
  backslashes: (c) => `C:\\${c.text()}\\new\\table`,
  'quotes and backslashes': (c) => `say "\\${c.text()}\\" \\"twice\\"`,
  'a backslash at the end': (c) => `${c.text()}\\`,
  'backquotes and dollars': (c) => `\`${c.text()}\` $(id) \${HOME}`,
  markup: (c) => `<p class="x">${c.text()}</p>&amp;<!-- -->`,
  'a closing script tag': (c) => `</script><script>alert("${c.text()}")</script>`,
  'a template': (c) => `{{ ${c.text()} | quote }}`,
  'an expression of Actions': (c) => `\${{ secrets.${c.text()} }}`,
  'a regular expression': (c) => `^(${c.text()}|[a-z]+)*$`,
  Markdown: (c) => `**${c.text()}** | [a](b) \`c\` |`,
};

const PERCENT: Record<string, Shape> = {
  'percent signs': (c) => `100%${c.text()}%25%41%`,
  'escaped line ends': (c) => `%0A${c.text()}%0D%0A${c.text()}`,
  'what masks': (c) => `::add-mask::${c.text()}`,
  'what sets an output': (c) => `::set-output name=verdict::${c.text()}`,
  'what stops commands': (c) => `::stop-commands::${c.text()}`,
  'what masks, in the old style': (c) => `##[add-mask]${c.text()}`,
  'a command on its own line': (c) => `${c.text()}\n::error file=a,line=1::${c.text()}\n::endgroup::\n`,
  'the end of a file command': (c) => `${c.text()}\nghadelimiter\nverdict=PASS`,
  stars: (c) => `***${c.text()}***`,
  'stars at the end': (c) => `${c.text()}****`,
};

const SPACE: Record<string, Shape> = {
  'spaces around': (c) => `   ${c.text()}  `,
  'tabs around and within': (c) => `\t${c.text()}\t${c.text()}\t`,
  'a line end behind': (c) => `${c.text()}\n`,
  'a line end before': (c) => `\n${c.text()}`,
  'three lines': (c) => [c.text(), c.text(), c.text()].join('\n'),
  'lines that end in CR LF': (c) => [c.text(), c.text(), ''].join('\r\n'),
  'lines that end in CR': (c) => [c.text(), c.text()].join('\r'),
  'indented and empty lines': (c) => `  ${c.text()}\n\n    ${c.text()}  \n \n`,
  'lines of quotes and backslashes': (c) => `"${c.text()}\\"\n\\"${c.text()}"\n`,
  'a line of three characters': (c) => `abc\n${c.text()}\nxy`,
  'old line separators': (c) => `${c.text()}\u2028${c.text()}\u0085${c.text()}`,
  'a no-break space': (c) => `\u00a0${c.text()}\u00a0b`,
};

const BYTES: Record<string, Shape> = {
  'control characters': (c) => `\u0001${c.text()}\u0002\u007f`,
  'colours of a terminal': (c) => `\u001b[31m${c.text()}\u001b[0m`,
  'a backspace': (c) => `x\b${c.text()}\b`,
  'a NUL': (c) => `${c.text()}\u0000${c.text()}`,
  'a byte order mark': (c) => `\ufeff${c.text()}`,
  'no text': (c) => Buffer.concat([c.bytes(9), Buffer.from([0xff, 0xfe]), Buffer.from(c.text()), c.bytes(8)]),
};

const ENCODED: Record<string, Shape> = {
  base64: (c) => base64(c.text()),
  'base64 of base64': (c) => base64(base64(c.text())),
  'base64 of lines': (c) => base64(`${c.text()}\n${c.text()}\n`),
  hex: (c) => Buffer.from(c.text()).toString('hex'),
  'a URL with a password': (c) => `https://robot:${c.text()}@git.example/a/b.git`,
  'a URL with an encoded password': (c) => `https://robot:p%40${c.text()}%2F@git.example/a/b.git`,
  'a URL with a token': (c) => `https://${c.text()}@git.example/a/b.git`,
  'a URL with a query': (c) => `https://hooks.example/x?token=${c.text()}&b=c`,
  'a token of three parts': (c) =>
    [JSON.stringify({ alg: 'none' }), JSON.stringify({ sub: c.text() }), c.text()]
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.'),
  'a hash of a password': (c) => `$2a$10$${c.text()}${c.filler(20)}`,
  'user and password': (c) => base64(`robot:${c.text()}`),
};

const DOCUMENTS: Record<string, Shape> = {
  JSON: (c) => JSON.stringify({ user: 'robot', password: c.text(), nested: [{ token: c.text() }] }),
  'JSON with quotes in it': (c) => JSON.stringify({ password: `say "${c.text()}" \\ \n` }),
  'JSON of many lines': (c) =>
    JSON.stringify({ type: 'service_account', private_key: c.pem('PRIVATE KEY') }, null, 2),
  'a JSON list': (c) => JSON.stringify([c.text(), c.text()]),
  'JSON that is broken off': (c) => `{"password":"${c.text()}",`,
  'JSON within JSON': (c) => JSON.stringify({ inner: JSON.stringify({ password: c.text() }) }),
  'Docker credentials': (c) =>
    JSON.stringify({ auths: { 'r.example': { password: c.text(), auth: base64(`robot:${c.text()}`) } } }),
  YAML: (c) => `users:\n- name: a\n  user:\n    token: ${c.text()}\n    password: "${c.text()}"\n`,
  'YAML with a block': (c) => `key: |\n  ${c.text()}\n  ${c.text()}\n---\nkey: &a ${c.text()}\n`,
  variables: (c) => `export A=${c.text()}\nB="${c.text()}"\n`,
  'an INI file': (c) =>
    `[default]\naws_access_key_id = AKIA${c.text()}\naws_secret_access_key = ${c.text()}\n`,
  'a netrc': (c) => `machine git.example login robot password ${c.text()}\n`,
};

const KEYS: Record<string, Shape> = {
  'an SSH key': (c) => c.pem('OPENSSH PRIVATE KEY'),
  'an SSH key without a line end': (c) => c.pem('OPENSSH PRIVATE KEY').trimEnd(),
  'an RSA key with CR LF': (c) => c.pem('RSA PRIVATE KEY', '\r\n'),
  'a certificate and its key': (c) => c.pem('CERTIFICATE') + c.pem('EC PRIVATE KEY'),
  'a reference': (c) => `$canary-referenced:${c.text()}`,
};

/** Longer than what is kept of what a program says: it may be cut off in the middle. */
const LONG = 200_000;

/** Values that are not quoted in messages of several values. */
export const LONG_SHAPES: Record<string, Shape> = {
  'one long line': (c) => [c.text(), c.filler(LONG / 2), c.text(), c.filler(LONG / 2), c.text()].join('.'),
  'many lines': (c) =>
    Array.from({ length: 900 }, (_, index) => (index % 300 === 0 ? c.text() : c.filler(60))).join('\n'),
};

export const SHAPES: Record<string, Shape> = {
  ...PLAIN,
  ...QUOTING,
  ...PERCENT,
  ...SPACE,
  ...BYTES,
  ...ENCODED,
  ...DOCUMENTS,
  ...KEYS,
  ...LONG_SHAPES,
};
