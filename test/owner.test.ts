import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { folderPrefix, hasEnded, ownerOf, ownerOfFolder } from '../src/owner.js';

const own = ownerOf(process.pid);
const [pid, start, boot, machine] = own.split('-') as [string, string, string, string];

test('a process that lives has not ended, another of the same number has', () => {
  expect(hasEnded(own)).toBe(false);
  expect(hasEnded(ownerOf(process.ppid))).toBe(false);
  expect(hasEnded([pid, Number(start) - 1, boot, machine].join('-'))).toBe(true);
});

test('one that is gone has ended, one before the last boot too, and one of another machine nobody knows of', () => {
  const gone = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
  expect(hasEnded([gone, '1', boot, machine].join('-'))).toBe(true);
  expect(hasEnded([pid, start, '00000000', machine].join('-'))).toBe(true);
  expect(hasEnded([gone, '1', boot, '00000000'].join('-'))).toBe(false);
  expect(hasEnded([gone, '1', '00000000', '00000000'].join('-'))).toBe(false);
});

test('a folder tells whose it is, and nothing else does', () => {
  expect(ownerOfFolder(`${folderPrefix('control-plane')}aB3xyz`)).toBe(own);
  for (const name of ['argocd-dr-control-plane-aB3xyz', `${own}-aB3xyz`, `argocd-dr-x-${own}-../../x`, ''])
    expect(ownerOfFolder(name)).toBeUndefined();
});
