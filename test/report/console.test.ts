import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { renderConsole } from '../../src/report/console.js';
import { displayWidth } from '../../src/report/wrap.js';
import {
  backup,
  fail,
  infraError,
  kindDrill,
  manyDifferences,
  objectiveMissed,
  pass,
  rehearsal,
  samples,
  timedOut,
} from '../fixtures/reports.js';

const plain = (report = pass, width = 110) => renderConsole(report, { color: false, width });
const ESC = '\u{1B}';

test('shows every check with its status and evidence', () => {
  const words = plain(pass, 1000).replace(/ +/g, ' ');
  for (const { id, evidence } of pass.checks) expect(words).toContain(`✓ pass ${id} ${evidence}\n`);
  expect(words).toContain('Checks: 14 pass');
});

test('shows counts, phases, objectives and warnings', () => {
  const text = plain(fail);
  expect(text).toMatch(/RPO achieved {2}4 min 12 s/);
  expect(text).toMatch(/RTO achieved {2}9\.81 s/);
  expect(text).toMatch(/Application +72 +70 +✗ differs/);
  expect(text).toMatch(/Secret +47 +47\n/);
  expect(text).toMatch(/Import, shard 2 +3\.12 s +━+/);
  expect(text).toContain('! argocd-repo-server-tls is not in the source');
});

test('draws phases that overlap side by side, in their places', () => {
  const bar = (name: string) =>
    plain()
      .split('\n')
      .find((line) => line.includes(name))!
      .split(/ m?s {2}/)[1]!;
  expect(bar('Import, shard 1').indexOf('━')).toBe(bar('Import, shard 4').indexOf('━'));
  expect(bar('Export again').indexOf('━')).toBeGreaterThanOrEqual(bar('Import, shard 2').trimEnd().length);
});

test('ends with one verdict line', () => {
  expect(plain().trimEnd().split('\n').at(-1)).toBe(`✓ PASS  ${pass.message}`);
  expect(plain(infraError).trimEnd().split('\n').at(-1)).toBe(
    `! INFRA_ERROR  ${infraError.message} [exit code 4: nothing can be said about the backup]`,
  );
  expect(plain(objectiveMissed).trimEnd().split('\n').at(-1)).toMatch(
    /^◐ PASS {2}RTO target missed.*\[exit code 6: RPO or RTO target missed\]$/,
  );
});

test('lists 20 differences and counts the rest', () => {
  const text = plain(manyDifferences);
  expect(text.match(/missing +Application argocd\/application-/g)).toHaveLength(20);
  expect(text).toContain('5,000 differences');
  expect(text).toContain('and 4,980 more: report.json lists all of them');
  expect(plain(fail)).not.toContain(' more: report.json');
});

test('leaves out what there is nothing to say about', () => {
  expect(plain(infraError)).not.toMatch(/Objects|Phases|differences|Warnings|RPO/);
  expect(plain(backup)).not.toMatch(/restored|RPO/);
});

test('shows Argo CD as it ran, and points to the details', () => {
  const text = plain(kindDrill);
  expect(text).toContain(
    'Levels        ✓ integrity › ✓ restore › ✓ running › ✓ engine › ✓ render › ✓ custom',
  );
  expect(text).toMatch(/✓ argocd-repo-server +2\/2 +44\.8 s +worker, worker3/);
  expect(text).toMatch(/Reconcile time +0\.0421 s +argocd_app_reconcile/);
  expect(plain(kindDrill, 1000)).toContain('(9 more lines in report.html)');
  expect(text).not.toContain('team-a/service-0');
  expect(text).toMatch(/› import +4\.10 s/);
  expect(text).toContain('kind, 4 nodes, argocd-dr-1a2b');
  expect(plain(timedOut)).toMatch(/◷ timed-out +custom\.command/);
  expect(plain(rehearsal)).toMatch(
    /loss +Application at spec\.source\.helm\.legacyField removed in 2 objects/,
  );
});

describe.each(Object.entries(samples))('%s', (_name, report) => {
  test('says the same with colour and without', () => {
    const coloured = renderConsole(report, { color: true, width: 110 });
    expect(coloured).toContain(`${ESC}[`);
    expect(stripVTControlCharacters(coloured)).toBe(plain(report));
    expect(plain(report)).not.toContain(ESC);
  });

  test.each([50, 80, 110])('keeps all but the verdict line within %d columns', (width) => {
    const lines = plain(report, width).trimEnd().split('\n').slice(0, -1);
    const tooWide = lines.filter((line) => displayWidth(line) > width);
    expect(tooWide).toEqual([]);
  });
});
