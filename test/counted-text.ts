/** A text that counts what is looked at of it: the clock of a busy machine proves nothing. */
export class CountedText extends String {
  /** Characters that were looked at one by one, or passed over in a search. */
  characters = 0;
  /** Parts that were taken. */
  parts = 0;

  override charCodeAt(index: number): number {
    this.characters++;
    return super.charCodeAt(index);
  }

  override slice(start?: number, end?: number): string {
    this.parts++;
    return super.slice(start, end);
  }

  override indexOf(search: string, from = 0): number {
    const found = super.indexOf(search, from);
    this.characters += (found < 0 ? this.length : found) - Math.min(from, this.length);
    return found;
  }
}
