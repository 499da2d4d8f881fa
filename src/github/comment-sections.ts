import { cutBody } from './comment-body.js';

/** Room for one section, in characters: several fit into one comment (GitHub takes 65,536). */
const SECTION_LIMIT = 20_000;

/** What one step says in the comment. */
export interface Section {
  /** Tells it from the others: lower-case letters, digits and single hyphens. */
  name: string;
  /** The commit that it is about; sections about another one are dropped. */
  commit: string;
  /** Markdown. */
  text: string;
}

const OPENING = /^<!-- section ([a-z0-9-]+) of ([0-9a-f]*) -->$/;

/**
 * The comment with a section put in: in the place of the one of that name, or at the end. Sections about another
 * commit are of an earlier push, and go.
 * @param existing the comment as it stands, without its first line
 */
export function withSection(existing: string, { name, commit, text }: Section): string {
  const kept = sectionsOf(existing).filter((section) => section.commit === commit);
  const own = { name, commit, text: cutBody(text.trim(), SECTION_LIMIT) };
  const replaced = kept.some((section) => section.name === name);
  const sections = replaced ? kept.map((section) => (section.name === name ? own : section)) : [...kept, own];
  return sections
    .map(({ name, commit, text }) => `<!-- section ${name} of ${commit} -->\n${text}\n`)
    .join('\n');
}

function sectionsOf(body: string): Section[] {
  const sections: Section[] = [];
  for (const line of body.split(/\r?\n/)) {
    const [, name, commit] = OPENING.exec(line) ?? [];
    if (name !== undefined) sections.push({ name, commit: commit ?? '', text: '' });
    else if (sections.length > 0) sections.at(-1)!.text += `${line}\n`;
  }
  return sections.map((section) => ({ ...section, text: section.text.trim() }));
}
