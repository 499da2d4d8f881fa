import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Report } from '../../src/report/report.js';
import { writeReport } from '../../src/report/write.js';
import { fail, infraError, pass } from '../fixtures/reports.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'argocd-dr-report-test-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('writes the three files into a folder that it makes, readable by everybody', async () => {
  const target = join(dir, 'a', 'b');
  const files = await writeReport(pass, target);
  expect(files).toEqual({
    json: join(target, 'report.json'),
    html: join(target, 'report.html'),
    junit: join(target, 'junit.xml'),
  });
  expect(readdirSync(target).sort()).toEqual(['junit.xml', 'report.html', 'report.json']);
  expect(JSON.parse(readFileSync(files.json, 'utf8'))).toEqual(pass);
  expect(readFileSync(files.html, 'utf8')).toMatch(/^<!doctype html>/);
  expect(readFileSync(files.junit, 'utf8')).toMatch(/^<\?xml/);
  for (const path of Object.values(files)) expect(statSync(path).mode & 0o777).toBe(0o644);
});

test('has mode 0644 under a strict umask too', async () => {
  const before = process.umask(0o077);
  try {
    const { json } = await writeReport(pass, dir);
    expect(statSync(json).mode & 0o777).toBe(0o644);
  } finally {
    process.umask(before);
  }
});

test('replaces the files of an earlier run, and leaves other files alone', async () => {
  writeFileSync(join(dir, 'other.txt'), 'mine');
  await writeReport(pass, dir);
  chmodSync(join(dir, 'report.json'), 0o444);
  const { json } = await writeReport(infraError, dir);
  expect(JSON.parse(readFileSync(json, 'utf8')).verdict).toBe('INFRA_ERROR');
  expect(readFileSync(join(dir, 'other.txt'), 'utf8')).toBe('mine');
});

test('appends to the job summary, where there is one', async () => {
  const stepSummary = join(dir, 'summary.md');
  writeFileSync(stepSummary, 'before\n');
  await writeReport(pass, dir, { stepSummary });
  await writeReport(fail, dir, { stepSummary: '' });
  expect(readFileSync(stepSummary, 'utf8')).toMatch(/^before\n## ✅ PASS/);
  expect(readFileSync(stepSummary, 'utf8')).not.toContain('FAIL');
});

test('refuses a report that breaks the schema, before it writes anything', async () => {
  const broken = { ...pass, verdict: 'MAYBE' } as unknown as Report;
  await expect(writeReport(broken, dir)).rejects.toMatchObject({
    exitCode: 1,
    message: expect.stringMatching(/breaks its own schema.*\n.*verdict/s),
  });
  expect(readdirSync(dir)).toEqual([]);
});

test('names report-dir where a file is in its place', async () => {
  const target = join(dir, 'file');
  writeFileSync(target, '');
  await expect(writeReport(pass, target)).rejects.toMatchObject({
    exitCode: 2,
    message: `report-dir ${target} cannot be created; name a folder that this user may write to`,
  });
});

test('names the file that cannot be written, and leaves no temporary file', async () => {
  mkdirSync(join(dir, 'report.html'));
  await expect(writeReport(pass, dir)).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringContaining(`${join(dir, 'report.html')} cannot be written`),
  });
  expect(readdirSync(dir).sort()).toEqual(['report.html', 'report.json']);
});

test('names the job summary that cannot be appended to, with the report written', async () => {
  await expect(writeReport(pass, dir, { stepSummary: dir })).rejects.toMatchObject({
    exitCode: 4,
    message: expect.stringContaining('GITHUB_STEP_SUMMARY'),
  });
  expect(readdirSync(dir)).toHaveLength(3);
});
