const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u{3000}-\u{303F}\u{FF01}-\u{FF60}]/u;

/** Most text; graphemes take a while to be told apart. */
const NARROW = /^[ -~]*$/;

/** The columns that a text takes in a terminal: East Asian characters and emoji take two. */
export function displayWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += widthOf(segment);
  return width;
}

const widthOf = (grapheme: string) => (WIDE.test(grapheme) ? 2 : 1);

/** Text filled up with spaces to a number of columns; longer text stays as it is. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

/** Text cut to a number of columns, with an ellipsis where something was cut. */
export function clip(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  return `${splitWord(text, columns - 1)[0]}…`;
}

/** One line of text as lines of at most so many columns, broken at spaces, and inside a word only where it is longer than a line. */
export function wrap(text: string, columns: number): string[] {
  const lines = [''];
  let width = 0;
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    const wider = width + 1 + displayWidth(word);
    if (line && wider <= columns) {
      lines[lines.length - 1] = `${line} ${word}`;
      width = wider;
    } else {
      if (line === '') lines.pop();
      // One by one: a call takes only so many arguments.
      for (const part of splitWord(word, columns)) lines.push(part);
      width = displayWidth(lines.at(-1)!);
    }
  }
  return lines;
}

/** Each grapheme is measured once: how long a word is, is up to whoever wrote it. */
function splitWord(word: string, columns: number): string[] {
  const parts = [''];
  let width = 0;
  for (const { segment } of graphemes.segment(word)) {
    const own = widthOf(segment);
    if (width > 0 && width + own > columns) {
      parts.push('');
      width = 0;
    }
    parts[parts.length - 1] += segment;
    width += own;
  }
  return parts;
}
