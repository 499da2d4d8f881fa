const SHORT: Record<string, string> = {
  ...{ '\u0007': 'a', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\v': 'v' },
  ...{ '"': '"', '\\': '\\' },
};
const LONG = new Map(Object.entries(SHORT).map(([char, letter]) => [letter, char]));

/** What Go does not print as it stands: control characters, and spaces but the one. */
const NOT_PRINTED = /["\\]|[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;
const ESCAPED = /\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|(.))/gs;

/** A text as Go's strconv.Quote spells it, without the quotes around: argocd's log is made of such. */
export function goQuoted(text: string): string {
  return text.replace(NOT_PRINTED, (char) => {
    const code = char.codePointAt(0)!;
    const hex = code.toString(16);
    if (SHORT[char] !== undefined) return `\\${SHORT[char]}`;
    if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
    return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });
}

/** The text that goQuoted() has spelled; what is no escape of Go stays. */
export function goUnquoted(text: string): string {
  return text.replace(ESCAPED, (spelled, byte, short, long, letter) => {
    const code = Number.parseInt(byte ?? short ?? long, 16);
    if (letter !== undefined) return LONG.get(letter) ?? spelled;
    return code <= 0x10ffff ? String.fromCodePoint(code) : spelled;
  });
}
