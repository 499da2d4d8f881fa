import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { receiptPathOf } from '../../src/bundle/names.js';
import { versionInReceipt } from '../../src/modes/target.js';

const dir = mkdtempSync(join(tmpdir(), 'target-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** A backup's path, with a receipt beside it that anybody may have written. */
function backupWith(argocdVersion: string): string {
  const path = join(dir, 'b.tar.gz.age');
  const receipt = {
    formatVersion: 1,
    createdAt: '2026-01-02T03:04:05Z',
    file: 'b.tar.gz.age',
    bytes: 1,
    sha256: 'a'.repeat(64),
    argocdVersion,
    kubernetesVersion: '1.34.4',
    source: { uid: 'u', server: 'https://a.example' },
    counts: {},
  };
  writeFileSync(receiptPathOf(path), JSON.stringify(receipt));
  return path;
}

test('the version in a receipt chooses a node image', () => {
  expect(versionInReceipt(backupWith('3.1.9'))).toBe('3.1.9');
  expect(versionInReceipt(undefined)).toBe('auto');
});

test.each(['latest', '1.0.0', '3.1.9-rc1', '3.1.9-0.20240102030405-0123456789ab', '../..', 'a'.repeat(5000)])(
  'a forged one, %.40s, chooses nothing, and stops nothing',
  (version) => {
    expect(versionInReceipt(backupWith(version))).toBe('auto');
  },
);
