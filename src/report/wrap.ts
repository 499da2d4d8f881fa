const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u{3000}-\u{303F}\u{FF01}-\u{FF60}]/u;

/** The columns that a text takes in a terminal: East Asian characters and emoji take two. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

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
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line && displayWidth(line) + 1 + displayWidth(word) <= columns) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else {
      if (line === '') lines.pop();
      lines.push(...splitWord(word, columns));
    }
  }
  return lines;
}

function splitWord(word: string, columns: number): string[] {
  const parts = [''];
  for (const { segment } of graphemes.segment(word)) {
    const part = parts.at(-1)!;
    if (part && displayWidth(part) + displayWidth(segment) > columns) parts.push(segment);
    else parts[parts.length - 1] = part + segment;
  }
  return parts;
}
