import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Source } from '../../src/argocd/source.js';
import { checkGuards, type Guards } from '../../src/bundle/guards.js';
import type { Receipt } from '../../src/bundle/manifest.js';
import { EXIT } from '../../src/errors.js';
import { withFolder } from './sample.js';

const source = { uid: 'this-cluster' } as Source;

function writeReceipt(
  folder: string,
  name: string,
  counts: Record<string, number>,
  more: Partial<Receipt> = {},
) {
  const receipt: Receipt = {
    formatVersion: 1,
    createdAt: '2026-11-22T20:00:00.000Z',
    file: `${name}.tar.gz.age`,
    bytes: 1,
    sha256: '0'.repeat(64),
    argocdVersion: '3.1.9',
    kubernetesVersion: '1.34.4',
    source: { uid: source.uid, server: 'https://127.0.0.1:6443' },
    counts,
    ...more,
  };
  writeFileSync(join(folder, `${name}.receipt.json`), JSON.stringify(receipt));
}

/** Applies the guards to a backup about to be written into a folder. */
function guard(folder: string, counts: Record<string, number>, guards: Partial<Guards> = {}): string[] {
  const notes: string[] = [];
  checkGuards(counts, source, { minApplications: 0, maxShrinkPercent: 20, ...guards }, [folder], (line) =>
    notes.push(line),
  );
  return notes;
}

describe('min-applications', () => {
  test.each([
    [{ Application: 5 }, 5, true],
    [{ Application: 4, ApplicationSet: 9 }, 5, false],
    [{}, 1, false],
    [{}, 0, true],
  ])('%j with at least %i: %s', (counts, minApplications, allowed) => {
    return withFolder(async (folder) => {
      const check = () => guard(folder, counts as Record<string, number>, { minApplications });
      if (allowed) expect(check()).toEqual([]);
      else {
        expect(check).toThrow(/fewer than min-applications/);
        expect(check).toThrow(expect.objectContaining({ exitCode: EXIT.fail }));
      }
    });
  });
});

describe('max-shrink-percent', () => {
  test.each<[string, Record<string, number>, Record<string, number>, RegExp | undefined]>([
    ['as many', { Application: 100 }, { Application: 100 }, undefined],
    ['more', { Application: 100 }, { Application: 200 }, undefined],
    ['as few as allowed', { Application: 100 }, { Application: 80 }, undefined],
    [
      'one fewer than allowed',
      { Application: 100 },
      { Application: 79 },
      /79 Applications, 21 % fewer than the 100 of/,
    ],
    ['none', { Application: 1 }, {}, /0 Applications, 100 % fewer than the 1 of/],
    [
      'fewer of the others',
      { Application: 10, Secret: 90 },
      { Application: 10, Secret: 60 },
      /70 objects, 30 % fewer/,
    ],
    ['none before', {}, { Application: 1 }, undefined],
  ])('%s', (_what, before, now, message) => {
    return withFolder(async (folder) => {
      writeReceipt(folder, 'old', before);
      if (!message) expect(guard(folder, now)).toEqual([]);
      else {
        expect(() => guard(folder, now)).toThrow(message);
        expect(() => guard(folder, now)).toThrow(join(folder, 'old.receipt.json'));
        expect(() => guard(folder, now)).toThrow(expect.objectContaining({ exitCode: EXIT.fail }));
      }
    });
  });

  test('0 allows no loss at all, 100 any', async () => {
    await withFolder(async (folder) => {
      writeReceipt(folder, 'old', { Application: 1000 });
      expect(() => guard(folder, { Application: 999 }, { maxShrinkPercent: 0 })).toThrow(
        /fewer than the 1000/,
      );
      expect(guard(folder, {}, { maxShrinkPercent: 100 })).toEqual([]);
    });
  });

  test('the newest receipt of this source counts, no other', async () => {
    await withFolder(async (folder) => {
      writeReceipt(folder, 'z-old', { Application: 500 }, { createdAt: '2026-11-20T00:00:00.000Z' });
      writeReceipt(folder, 'a-new', { Application: 10 }, { createdAt: '2026-11-21T00:00:00.000Z' });
      const elsewhere = { uid: 'another-cluster', server: 'https://b' };
      writeReceipt(folder, 'other', { Application: 900 }, { source: elsewhere });
      expect(guard(folder, { Application: 9 })).toEqual([]);
      expect(() => guard(folder, { Application: 7 })).toThrow('a-new.receipt.json');
    });
  });

  test('a broken receipt is told of and passed over', async () => {
    await withFolder(async (folder) => {
      writeReceipt(folder, 'old', { Application: 10 });
      writeFileSync(join(folder, 'broken.receipt.json'), '{');
      expect(guard(folder, { Application: 10 })).toEqual([
        expect.stringContaining(join(folder, 'broken.receipt.json')),
      ]);
    });
  });

  test('without a receipt, or a folder, there is nothing to compare', async () => {
    await withFolder(async (folder) => {
      expect(guard(folder, {})).toEqual([]);
      expect(guard(join(folder, 'none'), {})).toEqual([]);
    });
  });
});
