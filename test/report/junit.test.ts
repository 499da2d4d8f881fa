import { expect, test } from '@jest/globals';
import { renderJUnit } from '../../src/report/junit.js';
import { fail, hostile, infraError, objectiveMissed, partial, pass, timedOut } from '../fixtures/reports.js';

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

test('has a suite for each level and a case for each check', () => {
  const xml = renderJUnit(pass);
  expect(xml).toContain(
    '<testsuites name="argocd-dr drill" tests="14" failures="0" errors="0" time="9.810">',
  );
  expect(xml).toContain(
    '<testsuite name="integrity" tests="5" failures="0" errors="0" skipped="0" time="0.153" timestamp="2026-03-02T09:14:07">',
  );
  expect(count(xml, /<testsuite /g)).toBe(2);
  expect(count(xml, /<testcase classname="argocd-dr\.(integrity|restore)"/g)).toBe(14);
  expect(xml).not.toMatch(/<(failure|error|skipped)/);
});

test('marks failed and skipped checks, with the evidence', () => {
  const xml = renderJUnit(fail);
  expect(xml).toContain('tests="14" failures="3" errors="0"');
  expect(xml).toContain('<failure message="143 of 146 expected objects found;');
  expect(xml).toContain('<skipped message="Not made: the objects differ already."/>');
  expect(count(xml, /<failure /g)).toBe(3);
});

test('marks a check that broke as an error', () => {
  const xml = renderJUnit({
    ...pass,
    checks: [{ ...pass.checks[0]!, status: 'error', evidence: 'no <answer>' }],
  });
  expect(xml).toContain('errors="1"');
  expect(xml).toContain('<error message="no &#60;answer&#62;" type="error">');
});

test('marks a command that ran out of time as an error of its own type, with its details', () => {
  const xml = renderJUnit(timedOut);
  expect(xml).toContain(
    '<error message="TIMED_OUT after 10m; its last line: waiting for argocd-server." type="TIMED_OUT">',
  );
  expect(xml).toContain('errors="1"');
  expect(xml).toContain('waiting for argocd-server\nwaiting for argocd-server</error>');
  expect(xml).not.toContain('name="run"');
});

test('never looks green where the run is not', () => {
  expect(renderJUnit(infraError)).toContain('<error message="kube-apiserver 1.32.8 did not become ready');
  expect(renderJUnit(objectiveMissed)).toContain('<failure message="RTO target missed');
  expect(renderJUnit(partial)).toContain('type="exit code 7: not every check could be made"');
});

test('a partial run that is allowed shows the skipped check only', () => {
  const xml = renderJUnit({ ...partial, exitCode: 0 });
  expect(xml).not.toContain('<failure');
  expect(count(xml, /<skipped /g)).toBe(1);
});

test('holds no character that XML forbids', () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  expect(renderJUnit(hostile)).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/);
  expect(renderJUnit(hostile).isWellFormed()).toBe(true);
});
