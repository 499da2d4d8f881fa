import { expect, test } from '@jest/globals';
import { renderComment, renderSummary } from '../../src/report/summary.js';
import {
  backup,
  fail,
  hostile,
  infraError,
  kindDrill,
  manyDifferences,
  objectiveMissed,
  pass,
  rehearsal,
  samples,
  timedOut,
} from '../fixtures/reports.js';

test('shows the verdict and its figures at a glance', () => {
  const text = renderSummary(pass);
  expect(text).toMatch(/^## ✅ PASS · Argo CD disaster recovery drill\n\nThe backup restores/);
  expect(text).toContain('| RPO achieved | 4 min 12 s |');
  expect(text).toContain('| RTO achieved | 9.81 s |');
  expect(text).toContain('| Checks | 14 pass |');
  expect(text).toContain('| Objects | 146 restored of 146 |');
  expect(text).toContain('| Application | 72 | 72 | ✅ complete |');
});

test('names what failed', () => {
  const text = renderSummary(fail);
  expect(text).toMatch(/^## ❌ FAIL .* · exit code 3: the backup does not restore/);
  expect(text).toContain('| missing | Application | team-a/checkout |  |');
  expect(text).toContain('| Application | 72 | 70 | ❌ differs |');
});

test('a missed objective does not look all well', () => {
  expect(renderSummary(objectiveMissed)).toMatch(/^## 🟡 PASS .* · exit code 6/);
});

test('says nothing about what was not measured', () => {
  expect(renderSummary(infraError)).not.toMatch(/RPO|Objects|Checks|details/);
  expect(renderSummary(backup)).toContain('| Application | 72 | – | not counted |');
});

test('lists 50 differences and counts the rest', () => {
  const text = renderSummary(manyDifferences);
  expect(text.match(/\| missing \|/g)).toHaveLength(50);
  expect(text).toContain('4,950 more are in report.json.');
});

test.each(Object.entries(samples))(
  '%s: every table row has the cells of its head, every fold is closed',
  (_name, report) => {
    const text = renderSummary(report);
    const tables = text.split(/\n\n/).filter((block) => block.startsWith('|'));
    for (const table of tables) {
      const rows = table.split('\n').filter((line) => line.startsWith('|'));
      const cells = rows.map((row) => row.replace(/\\[\\|]/g, '').split('|').length);
      expect(new Set(cells).size).toBe(1);
    }
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length);
  },
);

// GitHub links what looks like an address: a stranger's text must not be something to click.
test.each([
  ['https://evil.example/login', 'https:<!-- -->//evil.example/login'],
  ['(HTTP://evil.example)', '(HTTP:<!-- -->//evil.example)'],
  ['ftp://evil.example', 'ftp:<!-- -->//evil.example'],
  ['www.evil.example', 'www<!-- -->.evil.example'],
  ['mailto:a@evil.example', 'mailto:<!-- -->a@<!-- -->evil.example'],
])('makes no link of %s', (text, shown) => {
  expect(renderSummary({ ...pass, message: text })).toContain(`\n\n${shown}\n`);
  expect(renderComment({ ...pass, message: text })).toContain(`\n\n${shown}\n`);
});

test('shows markup as text', () => {
  const text = renderSummary(hostile);
  expect(text).not.toMatch(/<(?!\/?(details|summary)>|!-- -->)/);
  expect(text).toContain('&lt;script&gt;window.pwned=1');
  expect(text).toContain('\\| \\`code\\` \\[link\\](https:<!-- -->//example.com)');
});

test('shows what ran, and the details to unfold', () => {
  const text = renderSummary(kindDrill);
  expect(text).toContain('✅ integrity (5 of 5 proven) › ✅ restore (9 of 9 proven) ›');
  expect(text).toContain('| ✅ | Deployment argocd-repo-server | 2 of 2 | 44.8 s | worker, worker3 |');
  expect(text).toContain('| API latency P99 | 0.2384 s |');
  expect(text).toContain('<summary>render.manifests: 9 lines</summary>');
  expect(text).toContain('| › import |');
  expect(renderSummary(timedOut)).toContain('| ⏱️ timed-out | custom.command | TIMED\\_OUT after 10m');
});

test('losses of an upgrade are not folded away', () => {
  const text = renderSummary(rehearsal);
  expect(text).toContain('### Changes from Argo CD 3.1.9 → 3.2.11: 1 loss\n\n|');
  expect(text).toContain(
    '| migration | Application | status.history\\[\\].initiatedBy | added | 72: team-a/service-0',
  );
  expect(text).toContain('› ⏭️ engine (not reached) › ▫️ render (not asked for)');
  expect(text).toContain('| ❌ | StatefulSet argocd-redis-ha-server | 2 of 3 | – | worker, worker2 |');
});

test('stays under 1 MiB, and says what it leaves out', () => {
  const checks = Array.from({ length: 2000 }, () => ({ ...pass.checks[0]!, evidence: '日本|'.repeat(1000) }));
  const text = renderSummary({ ...fail, checks });
  expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
  expect(text).toContain('## ❌ FAIL');
  expect(text).toContain('Left out to keep this summary small');
  expect(text).not.toContain('<summary>Checks');
});
