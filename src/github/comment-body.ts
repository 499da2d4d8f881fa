/** https://docs.github.com/rest/issues/comments answers 422 to more; it counts characters, and this UTF-16 units. */
export const BODY_LIMIT = 65_536;

const NOTE = '**Cut here:** the rest is too long for a comment. The job summary has all of it.';

/** What is kept for what closes open blocks, and for the note. */
const RESERVE = 1024;

/** Cuts Markdown to what a comment holds: at the end of a line, outside of code and details, with a note. */
export function cutBody(body: string, limit = BODY_LIMIT): string {
  if (body.length <= limit) return body;
  const kept = wholeLines(body.slice(0, limit - RESERVE));
  return `${kept}${closing(kept)}\n\n${NOTE}\n`;
}

/** Up to the last line end in the second half; where one line is longer than that, as much of it as fits. */
function wholeLines(text: string): string {
  const end = text.lastIndexOf('\n');
  if (end > text.length / 2) return text.slice(0, end);
  // Half of a surrogate pair is no character.
  return text.replace(/[\uD800-\uDBFF]$/, '');
}

function closing(text: string): string {
  const fence = openFence(text);
  const details = Math.min(count(text, /<details\b/g) - count(text, /<\/details>/g), 50);
  return (fence ? `\n${fence}` : '') + (details > 0 ? `\n\n${'</details>\n'.repeat(details)}` : '');
}

const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

/** The fence of a code block that has no end: https://spec.commonmark.org/0.31.2/#fenced-code-blocks */
function openFence(text: string): string | undefined {
  let open: string | undefined;
  for (const [, fence, rest] of text.matchAll(/^ {0,3}(`{3,}|~{3,})(.*)$/gm)) {
    if (open === undefined) open = fence!.slice(0, 500);
    else if (fence![0] === open[0] && fence!.length >= open.length && rest!.trim() === '') open = undefined;
  }
  return open;
}
