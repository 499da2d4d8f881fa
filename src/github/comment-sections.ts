import { BODY_LIMIT, cutBody } from './comment-body.js';

/** Room for one section, in characters: several fit into one comment. */
const SECTION_LIMIT = 20_000;
/** Kept for the lines that are not sections' text. */
const RESERVE = 2_000;
/** Less is not worth reading; the comment is cut at its end instead. */
const SECTION_LEAST = 3_000;

/** What one step says in the comment. */
export interface Section {
  /** Tells it from the others: lower-case letters, digits and single hyphens; see sectionName(). */
  name: string;
  /** The commit that it is about, in hex; sections about another one are dropped. */
  commit: string;
  /** Markdown. */
  text: string;
}

const OPENING = /^<!-- section ([a-z0-9-]+) of ([0-9a-f]*) -->$/;

/**
 * The comment with a section put in: in the place of the one of that name, or at the end. Sections about another
 * commit are of an earlier push, and go. Two that do this at the same time do not see each other: the later one wins.
 * @param existing the comment as it stands, without its first line
 */
export function withSection(existing: string, { name, commit, text }: Section): string {
  if (!OPENING.test(opening({ name, commit })))
    throw new TypeError(`${name} of ${commit} is no section of a comment`);
  const kept = sectionsOf(existing).filter((section) => section.commit === commit);
  const own = { name, commit, text: harmless(text.trim()) };
  const replaced = kept.some((section) => section.name === name);
  const sections = replaced ? kept.map((section) => (section.name === name ? own : section)) : [...kept, own];
  const room = Math.max(SECTION_LEAST, Math.floor((BODY_LIMIT - RESERVE) / sections.length));
  return sections
    .map(
      (section) => `${opening(section)}\n${cutBody(section.text, Math.min(SECTION_LIMIT, room)).trimEnd()}\n`,
    )
    .join('\n');
}

const opening = ({ name, commit }: Pick<Section, 'name' | 'commit'>) =>
  `<!-- section ${name} of ${commit} -->`;

/** A name for a section, of the words that tell its step from others. */
export const sectionName = (...words: readonly (string | undefined)[]): string =>
  words
    .join(' ')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** What looks like the start of a section within one is none, and readers see it. */
const harmless = (text: string) => text.replace(/^<!-- section /gm, '&lt;!-- section ');

function sectionsOf(body: string): Section[] {
  const sections: Section[] = [];
  for (const line of body.split(/\r\n?|\n/)) {
    const [, name, commit] = OPENING.exec(line) ?? [];
    if (name !== undefined) sections.push({ name, commit: commit ?? '', text: '' });
    else if (sections.length > 0) sections.at(-1)!.text += `${line}\n`;
  }
  return sections.map((section) => ({ ...section, text: section.text.trim() }));
}
