import { printable } from './format.js';

/** Text that is markup already: made by `markup` only. */
export class Markup {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }
}

export type Fragment = Markup | string | number | Fragment[];

/** A template tag for HTML and XML: every value put in is escaped, unless it is markup itself. */
export function markup(strings: TemplateStringsArray, ...values: Fragment[]): Markup {
  return new Markup(
    strings.reduce((text, part, index) => text + fragmentText(values[index - 1] ?? '') + part),
  );
}

/** Text without markup's characters, for content and for quoted attributes of HTML and XML. */
export function escapeMarkup(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

function fragmentText(fragment: Fragment): string {
  if (Array.isArray(fragment)) return fragment.map(fragmentText).join('');
  return fragment instanceof Markup ? fragment.text : escapeMarkup(String(fragment));
}
