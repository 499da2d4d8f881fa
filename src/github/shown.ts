/**
 * All but letters, digits and harmless signs. What cannot be seen is no letter, even where Unicode has it for one
 * (U+3164); a colon is harmless before a space alone.
 */
const FOREIGN = /(?!:(?= ))[^\p{L}\p{N} ._,/+=()'"-]|(?=\p{Default_Ignorable_Code_Point})[\p{L}\p{N}]/gu;

/**
 * Foreign text for words of ours, cut: nothing that is left is a command of a runner, Markdown, HTML, an address with
 * a scheme or a mention. Call it on all that others name, before it is in any message.
 */
export function shown(text: string, limit = 100): string {
  // No character takes more than two units.
  const characters = [...text.slice(0, 2 * limit + 1)];
  const kept = characters.slice(0, limit).join('').replace(FOREIGN, '?');
  return characters.length > limit ? `${kept}…` : kept;
}
