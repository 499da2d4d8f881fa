/** A text without a character's repetition at its end; an expression such as `/x+$/` looks at each repetition anew. */
export function withoutEnding(text: string, char: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === char) end--;
  return text.slice(0, end);
}
