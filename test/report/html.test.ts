import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderHtml } from '../../src/report/html.js';
import { markup } from '../../src/report/markup.js';
import { tickLabel, ticks } from '../../src/report/timeline.js';
import { backup, fail, hostile, infraError, manyDifferences, pass, samples } from '../fixtures/reports.js';

/** What a reader sees: the body without tags, character references resolved. */
const seen = (html: string) =>
  html
    .replace(/.*<body>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/\s+/g, ' ');

test('shows the verdict, the message, the figures, and each check with what it does not prove', () => {
  const text = seen(renderHtml(pass));
  for (const part of ['PASS', pass.message, 'RPO achieved 4 min 12 s', 'RTO achieved 9.81 s', '146 / 146']) {
    expect(text).toContain(part);
  }
  for (const { id, evidence, doesNotProve } of pass.checks) {
    expect(text).toContain(id);
    expect(text).toContain(evidence);
    expect(text).toContain(doesNotProve);
  }
  for (const { name } of [...pass.phases, ...pass.tools]) expect(text).toContain(name);
  expect(text).toContain(pass.warnings[0]);
});

test('shows counts that differ, and the differences in groups', () => {
  const text = seen(renderHtml(fail));
  expect(text).toContain('Application 72 70 differs');
  expect(text).toContain('Secret 47 47 equal');
  expect(text).toContain('Application missing 3');
  expect(text).toContain('argocd/platform spec.syncWindows[0].duration');
});

test('counts the differences it leaves out', () => {
  const text = seen(renderHtml(manyDifferences));
  expect(text.match(/argocd\/application-\d+/g)).toHaveLength(20);
  expect(text).toContain('4,980 more are listed in report.json.');
});

test('caps the differences over all groups', () => {
  const differences = Array.from({ length: 600 }, (_, index) => ({
    kind: `Kind${index % 30}`,
    namespace: '',
    name: `object-${index}`,
    problem: 'missing' as const,
    path: '',
  }));
  const text = seen(renderHtml({ ...fail, differences }));
  expect(text.match(/object-\d+/g)).toHaveLength(200);
  expect(text.match(/ 20 more are listed/g)).toHaveLength(20);
});

test('copes with a run that ended early', () => {
  const text = seen(renderHtml(infraError));
  expect(text).toContain('INFRA ERROR');
  expect(text).toContain('RPO achieved – not measured');
  expect(text).toContain('No check was made: nothing is proven about the backup.');
  expect(text).not.toMatch(/Objects|Differences|Tools/);
});

test('a backup has no objectives and no restored column', () => {
  const text = seen(renderHtml(backup));
  expect(text).not.toMatch(/RPO|Restored|No check was made/);
  expect(text).toContain('Application 72');
});

test.each(Object.entries(samples))(
  '%s: no script, no reference, one style sheet allowed by digest',
  (_name, report) => {
    const html = renderHtml(report);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|<[^>]*\s(src|href|style|on\w+)=/i);
    expect(html).not.toMatch(/@import|url\(/);
    const style = html.match(/<style>(.*?)<\/style>/s)![1]!;
    const digest = createHash('sha256').update(style).digest('base64');
    expect(html).toContain(
      `content="default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'"`,
    );
  },
);

test('is the same for the same report', () => {
  expect(renderHtml(hostile)).toBe(renderHtml(structuredClone(hostile)));
});

test('markup escapes whatever is put in, and only that', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('<', '>', '&', '"', "'", 'a', '\u{0}', '\u{D800}', '🚀') }),
      (text) => {
        const { text: escaped } = markup`<b title="${text}">${[text, markup`<i/>`]}</b>`;
        expect(escaped.match(/[<>"']/g)).toHaveLength(
          '<b title="">'.match(/[<>"]/g)!.length + '<i/></b>'.match(/[<>]/g)!.length,
        );
        expect(escaped.replace(/&#\d+;/g, '')).not.toContain('&');
      },
    ),
  );
});

test('the axis begins at 0, ends within the run and has at most seven marks', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 * 24 * 3_600_000 }), (totalMs) => {
      const marks = ticks(totalMs);
      expect(marks[0]).toBe(0);
      expect(marks.at(-1)).toBeLessThanOrEqual(totalMs);
      expect(marks.length).toBeLessThanOrEqual(7);
      expect(new Set(marks.map(tickLabel)).size).toBe(marks.length);
    }),
  );
});

test.each([
  [9_700, ['0', '2 s', '4 s', '6 s', '8 s']],
  [1_388, ['0', '500 ms', '1 s']],
  [170_000, ['0', '30 s', '1 min', '1.5 min', '2 min', '2.5 min']],
  [18_000_000, ['0', '1 h', '2 h', '3 h', '4 h', '5 h']],
])('the axis of %d ms', (totalMs, labels) => {
  expect(ticks(totalMs).map(tickLabel)).toEqual(labels);
});
