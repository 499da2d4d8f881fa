import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderHtml } from '../../src/report/html.js';
import { markup } from '../../src/report/markup.js';
import { tickLabel, ticks } from '../../src/report/timeline.js';
import {
  backup,
  fail,
  hostile,
  infraError,
  kindDrill,
  manyDifferences,
  pass,
  rehearsal,
  samples,
  timedOut,
} from '../fixtures/reports.js';

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

test('shows Argo CD in the drill: workloads, where their pods stand, metrics', () => {
  const text = seen(renderHtml(kindDrill));
  expect(text).toContain('Argo CD in the drill 14 pods ready on 3 nodes');
  expect(text).toContain('argocd-repo-server Deployment all ready: 2/2 44.8 s 1 pod no pod 1 pod');
  expect(text).toContain('API latency P99 argocd_request_duration_seconds 0.2384 s');
  expect(text).toContain('9 lines of detail');
  expect(text).toContain(kindDrill.checks.find(({ id }) => id === 'render.manifests')!.details![6]!);
});

test('shows how far a drill came, and what a newer version changed', () => {
  const text = seen(renderHtml(rehearsal));
  expect(text).toContain('restore 8 pass, 1 fail');
  expect(text).toContain('engine not reached render not asked for custom not asked for');
  expect(text).toContain('3.1.9 → 3.2.11 1 loss');
  expect(text.indexOf('spec.source.helm.legacyField')).toBeLessThan(
    text.indexOf('status.history[].initiatedBy'),
  );
  expect(text).toContain('72 team-a/service-0, team-a/service-1, team-a/service-2 and 69 more');
  expect(text).toContain('argocd-redis-ha-server StatefulSet not ready: 2/3 –');
  expect(renderHtml(timedOut)).toMatch(/class="pill timed-out">.*timed-out<\/span>/);
});

test('parts of a phase follow it, set in', () => {
  const html = renderHtml(kindDrill);
  const rows = [...html.matchAll(/<li class="depth(\d)"><span class="phase">([^<]*)/g)].map(
    ([, depth, name]) => [name, depth],
  );
  expect(rows).toHaveLength(kindDrill.phases.length);
  const at = rows.findIndex(([name]) => name === 'kind cluster');
  expect(rows.slice(at, at + 5)).toEqual([
    ['kind cluster', '0'],
    ['render configuration', '1'],
    ['create nodes', '1'],
    ['wait for nodes', '1'],
    ['get argocd and manifests', '0'],
  ]);
});

test('a backup has no ladder of levels', () => {
  expect(renderHtml(backup)).not.toContain('class="ladder"');
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
