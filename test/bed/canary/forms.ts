/** A form of a text that was found. */
export interface Hit {
  /** Whose text it is. */
  what: string;
  form: string;
  /** What stands around it. */
  around: string;
}

interface Needle {
  what: string;
  form: string;
  text: string;
}

/** Below this a form of a text, other than the text itself, is found by chance. */
const SHORTEST_FORM = 6;

/**
 * The forms in which a text may leak, each as far as it is the same whatever stands before and after it:
 * as it is, in base64 at each of the three places in a group (once and twice), in hex, in URLs, JSON, Go and markup.
 */
export function formsOf(text: string): [form: string, text: string][] {
  const found: [string, string][] = [['raw', text]];
  const add = (form: string, spelling: string) => {
    if (spelling !== text && spelling.length >= SHORTEST_FORM) found.push([form, spelling]);
  };
  for (const shift of [0, 1, 2]) {
    const once = base64Within(text, shift);
    add(`base64+${shift}`, once);
    add(`base64url+${shift}`, once.replaceAll('+', '-').replaceAll('/', '_'));
    for (const again of [0, 1, 2]) add(`base64+${shift}+${again}`, base64Within(once, again));
  }
  const hex = Buffer.from(text).toString('hex');
  add('hex', hex);
  add('HEX', hex.toUpperCase());
  const url = encodeURIComponent(text);
  add('url', url);
  add('form', url.replaceAll('%20', '+'));
  add(
    'url in lower case',
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  );
  add('JSON', JSON.stringify(text).slice(1, -1));
  add(
    'JSON in ASCII',
    inAscii(JSON.stringify(text).slice(1, -1), (unit) => `\\u${hex4(unit)}`),
  );
  add('Go', goQuoted(text));
  add('Go in ASCII', goQuoted(text, true));
  add('XML', markup(text, '&quot;', '&apos;'));
  add('HTML', markup(text, '&#34;', '&#39;'));
  return found;
}

/** The characters of base64 that a text alone decides, where it begins so many bytes into a group of three. */
export function base64Within(text: string, shift: number): string {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
  return bytes.toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6));
}

const hex4 = (unit: number) => unit.toString(16).padStart(4, '0');
const inAscii = (text: string, spelled: (unit: number) => string) =>
  text.replace(/[^ -~]/g, (unit) => spelled(unit.charCodeAt(0)));

const GO_SHORT: Record<string, string> = {
  ...{ '\u0007': '\\a', '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r' },
  ...{ '\t': '\\t', '\v': '\\v', '"': '\\"', '\\': '\\\\' },
};
const NOT_PRINTABLE = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;

/** As Go's strconv.Quote writes a text, or QuoteToASCII, without the quotes around it. */
export function goQuoted(text: string, ascii = false): string {
  const escaped = (char: string): string => {
    const point = char.codePointAt(0)!;
    const short = GO_SHORT[char];
    if (short !== undefined) return short;
    if (!NOT_PRINTABLE.test(char) && !(ascii && point > 126)) return char;
    if (point < 0x80) return `\\x${point.toString(16).padStart(2, '0')}`;
    return point > 0xffff ? `\\U${point.toString(16).padStart(8, '0')}` : `\\u${hex4(point)}`;
  };
  return Array.from(text, escaped).join('');
}

function markup(text: string, quote: string, apostrophe: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? (char === '"' ? quote : apostrophe));
}

/** Finds texts, in any of their forms, in other texts. */
export class Needles {
  readonly #byStart = new Map<string, Needle[]>();
  readonly #short: Needle[] = [];

  /** @param texts what is looked for, by what it is called in a hit */
  constructor(texts: Iterable<readonly [what: string, text: string]>) {
    for (const [what, text] of texts)
      for (const [form, spelling] of formsOf(text)) this.#file({ what, form, text: spelling });
  }

  #file(needle: Needle): void {
    const { text } = needle;
    if (text.length < SHORTEST_FORM) return void this.#short.push(needle);
    const start = text.slice(0, SHORTEST_FORM);
    const filed = this.#byStart.get(start);
    if (filed) filed.push(needle);
    else this.#byStart.set(start, [needle]);
  }

  /** The first places at which each of the texts stands, in whichever form. */
  find(haystack: string): Hit[] {
    const hits = new Map<Needle, Hit>();
    const note = (needle: Needle, at: number) => {
      const around = haystack.slice(Math.max(0, at - 40), at + needle.text.length + 20);
      if (!hits.has(needle)) hits.set(needle, { what: needle.what, form: needle.form, around });
    };
    for (const needle of this.#short) {
      const at = haystack.indexOf(needle.text);
      if (at >= 0) note(needle, at);
    }
    for (let at = 0; at <= haystack.length - SHORTEST_FORM; at++)
      for (const needle of this.#byStart.get(haystack.slice(at, at + SHORTEST_FORM)) ?? [])
        if (haystack.startsWith(needle.text, at)) note(needle, at);
    return [...hits.values()];
  }
}
