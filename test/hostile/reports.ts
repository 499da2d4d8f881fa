/** What readers open: summary and comment on GitHub, the page, JUnit. A stranger's text is text in all of them. */
import fc from 'fast-check';
import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { cutBody } from '../../src/github/comment-body.js';
import { withSection } from '../../src/github/comment-sections.js';
import { renderHtml } from '../../src/report/html.js';
import { renderJUnit } from '../../src/report/junit.js';
import { renderComment, renderSummary } from '../../src/report/summary.js';
import { mutated, text } from './arbitraries.js';
import { assert, type Property, property } from './property.js';
import { report, reportWith } from './reports-made.js';
import { type Hostile, hostile, TEXTS } from './words.js';

/** As GitHub reads Markdown: with tables and links of its own, and with HTML, of which it takes out what is dangerous. */
const html = (markdown: string) =>
  micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });

/** Tags that our own Markdown makes. */
const OURS = /^\/?(?:h[1-6]|p|table|thead|tbody|tr|th|td|ul|li|details|summary|br)$/;

/** What starts or ends a tag, comments aside, which show nothing. */
const tagsIn = (page: string) => [...page.replace(/<!-- -->/g, '').matchAll(/<(\/?[^\s>/]*)([^>]*)>/g)];

/** @throws Error where Markdown has a tag that is neither ours by its name, nor one of `own` */
export function assertPlain(markdown: string, own: readonly string[] = []): void {
  const page = html(markdown);
  for (const [tag, name, attributes] of tagsIn(page)) {
    const isOwn = own.includes(tag);
    assert(isOwn || OURS.test(name!), "a stranger's text becomes a tag", tag);
    assert(isOwn || /^( align="\w+")?$/.test(attributes!), "a stranger's text becomes an attribute", tag);
  }
}

/** GitHub looks for names and numbers in each text of the page: https://docs.github.com/get-started/writing-on-github */
function assertCallsNobody(markdown: string): void {
  for (const shown of html(markdown).split(/<!-- -->|<[^>]*>/))
    assert(!/(?<![\w`])@[a-z\d]|(?<![\w&])#\d/i.test(shown), 'somebody is called', shown);
}

/** The page without what stands between its tags and within its attributes. */
const skeleton = (page: string) => page.replace(/>[^<]*/g, '>').replace(/"[^"]*"/g, '""');

function assertMarkup(page: string): void {
  const rest = page.replace(/<[^<>]*>/g, '');
  assert(!/[<>]/.test(rest), 'a tag is open', rest);
  assert(!/&(?!#\d+;|[a-z]+;)/.test(rest), 'an & is bare', rest);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids them
  assert(!/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(page), 'a character that XML forbids');
  assert(page.isWellFormed(), 'half of a surrogate pair');
}

const corpus = TEXTS.map(({ attacks, value }) => hostile(attacks, reportWith([value])));
const RUN = 'https://github.com/octo-org/octo-repo/actions/runs/1';
const asSections: readonly Hostile<[string, string]>[] = TEXTS.map(({ attacks, value }) =>
  hostile(attacks, [value, `<!-- section a of 0 -->\n${value}`]),
);

export const REPORTS: readonly Property[] = [
  property('the job summary has no link, image or HTML of a stranger', {
    corpus,
    arbitrary: report(),
    holds(made) {
      const summary = renderSummary(made);
      assert(Buffer.byteLength(summary) <= 1024 * 1024, 'it is too large for GitHub');
      assertPlain(summary);
    },
  }),
  property('a comment has no link, image or HTML of a stranger, and calls nobody', {
    corpus,
    arbitrary: report(),
    holds(made) {
      const comment = renderComment(made, { runUrl: RUN, notes: [made.message] });
      assertPlain(comment, [`<a href="${RUN}">`, '</a>']);
      assertCallsNobody(comment);
    },
  }),
  property('a section of a comment stays in its place, and within the limit', {
    corpus: asSections,
    arbitrary: fc.tuple(text(), mutated(['<!-- section a of 0 -->\ntext\n', '```\n', '<details>\n'])),
    holds([own, existing]) {
      const body = withSection(existing, { name: 'own', commit: '0', text: own });
      const openings = [...body.matchAll(/^<!-- section own of/gm)];
      assert(openings.length === 1, 'it stands there otherwise than once', body);
      const cut = cutBody(own.repeat(1 + Math.floor(3_000 / (own.length + 1))), 2_048);
      assert(cut.length <= 2_048 || own.length === 0, 'it is cut too late', cut.length);
    },
  }),
  property('JUnit has the elements that a harmless report has', {
    corpus,
    arbitrary: report(),
    holds(made) {
      const xml = renderJUnit(made);
      assertMarkup(xml);
      const tame = renderJUnit(reportWith(['x']));
      assert(skeleton(xml) === skeleton(tame), 'it has others', skeleton(xml));
    },
  }),
  property('the page has no tag, handler or address of a stranger', {
    corpus,
    arbitrary: report(),
    holds(made) {
      const page = renderHtml(made).replace(/<(style|script)\b[^>]*>[\s\S]*?<\/\1>/g, '');
      assertMarkup(page);
      const tame = renderHtml(reportWith(['x'])).replace(/<(style|script)\b[^>]*>[\s\S]*?<\/\1>/g, '');
      const known = new Set(tagsIn(tame).map(([tag]) => skeleton(tag)));
      for (const [tag] of tagsIn(page)) assert(known.has(skeleton(tag)), 'a tag that no report has', tag);
      assert(!/\b(?:href|src|action)=["'](?!#|data:)/i.test(page), 'it leads elsewhere');
    },
  }),
];
