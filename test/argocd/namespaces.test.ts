import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { matchesGlob } from '../../src/argocd/glob.js';
import { allowedNamespaces, assertTellable, isEnabled, namespaceFlags } from '../../src/argocd/namespaces.js';
import { DrError } from '../../src/errors.js';
import type { Kube } from '../../src/kube/api.js';
import { name } from './arbitrary.js';

interface Row {
  pattern: string;
  namespace: string;
  expected: boolean;
}

// Recorded from IsNamespaceEnabled of Argo CD 3.1.9 (gobwas/glob 0.2.3, regexp2 1.11.5), with Argo CD in `argocd`.
const rows = JSON.parse(
  readFileSync(new URL('../fixtures/namespace-patterns.json', import.meta.url), 'utf8'),
) as Row[];

describe('isEnabled', () => {
  test("answers as Argo CD's own code does", () => {
    expect(rows.length).toBeGreaterThan(250);
    const wrong = rows.filter(
      ({ pattern, namespace, expected }) => isEnabled(namespace, 'argocd', [pattern]) !== expected,
    );
    expect(wrong).toEqual([]);
    expect(rows.filter(({ expected }) => expected).length).toBeGreaterThan(100);
  });

  test('never throws, whatever the pattern', () => {
    const pieces = fc.constantFrom(
      'a',
      '-',
      '*',
      '?',
      '[',
      '[!',
      ']',
      '{',
      '}',
      ',',
      '\\',
      '/',
      '(',
      '+',
      '$',
      '|',
    );
    const pattern = fc.array(pieces, { maxLength: 12 }).map((list) => list.join(''));
    fc.assert(
      fc.property(fc.oneof(pattern, fc.string({ unit: 'binary' })), name, (glob, namespace) => {
        expect(typeof isEnabled(namespace, 'argocd', [glob])).toBe('boolean');
      }),
    );
  });

  test('its own namespace is enabled always, another by any of the patterns', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), name, (patterns, own) => {
        expect(isEnabled(own, own, patterns)).toBe(true);
      }),
    );
    expect(isEnabled('team-a', 'argocd', [])).toBe(false);
    expect(isEnabled('team-a', 'argocd', ['x', 'team-*'])).toBe(true);
  });

  test('a name is a pattern for itself alone', () => {
    fc.assert(
      fc.property(name, name, (pattern, namespace) => {
        expect(isEnabled(namespace, '', [pattern])).toBe(pattern === namespace);
      }),
    );
  });
});

describe('a pattern of which nobody can tell in time whether it matches', () => {
  const longest = `${'a'.repeat(60)}-b`;
  const told = (pattern: string, origin?: 'backup' | 'source' | 'input') => {
    try {
      return isEnabled(longest, 'argocd', ['team-*', pattern], origin);
    } catch (error) {
      return error;
    }
  };

  test.each([
    ['groups within groups', '/^team-|^(a+)+$/'],
    ['alternatives that overlap', '/^(a|a|aa)+$/'],
    ['a look ahead', '/^(?=(a+)+$)/'],
    ['a reference back', '/^(a*)*\\1b$/'],
    ['one that is too large', '/((((a{1,500}){1,500}){1,500}){1,500}){1,500}b$/'],
  ])('is an error that names it: %s', (_name, pattern) => {
    const error = told(pattern) as DrError;
    expect(error).toBeInstanceOf(DrError);
    expect([error.exitCode, error.message]).toEqual([
      5,
      expect.stringContaining(`${JSON.stringify(pattern)} of the backup`),
    ]);
  });

  test('is whose it is: exit code 4 for a source, 2 for an input', () => {
    expect(told('/^(a+)+$/', 'source')).toMatchObject({ exitCode: 4 });
    expect(told('/^(a+)+$/', 'input')).toMatchObject({ exitCode: 2 });
  });

  test('is told before argocd gets it, which would never end', () => {
    const scope = {
      namespace: 'argocd',
      applicationNamespaces: ['team-*'],
      applicationsetNamespaces: ['/^(a+)+$/'],
    };
    const objects = ['argocd', 'team-a', 'team-a'].map((namespace) => ({ namespace }));
    expect(() => assertTellable(scope, objects)).not.toThrow();
    expect(() => assertTellable(scope, [...objects, { namespace: longest }])).toThrow(
      /pattern "\/\^\(a\+\)\+\$\/" of the backup/,
    );
  });

  test('does not keep the others from being asked', () => {
    expect(told('/^(a+)+$/')).toBeInstanceOf(DrError);
    expect(told('/^a+-b$/')).toBe(true);
    expect(told('/^a+$/')).toBe(false);
  });

  test('is no glob: that takes time by the product of both lengths', () => {
    expect(told(`${'*a'.repeat(40)}*c`)).toBe(false);
    expect(told(`${'{a,aa,a*}'.repeat(60)}c`)).toBe(false);
    expect(matchesGlob(`${'{*,'.repeat(400)}a${'}*'.repeat(400)}c`, 'a'.repeat(250))).toBe(false);
    expect(matchesGlob('*a'.repeat(1500), 'a'.repeat(1500))).toBe(true);
    expect(() => matchesGlob('{'.repeat(100_000), 'a')).toThrow(/braces within braces/);
  });
});

describe('allowedNamespaces', () => {
  const withData = (data?: Record<string, string>) =>
    ({ find: async () => ({ metadata: { name: 'argocd-cmd-params-cm' }, data }) }) as unknown as Kube;

  test('reads the lists of argocd-cmd-params-cm', async () => {
    const kube = withData({
      'application.namespaces': 'team-a, team-b-*,,/x/ ',
      'applicationsetcontroller.namespaces': 'team-c',
    });
    expect(await allowedNamespaces(kube, 'argocd')).toEqual({
      applicationNamespaces: ['team-a', 'team-b-*', '/x/'],
      applicationsetNamespaces: ['team-c'],
    });
  });

  test('there may be none in it, or no such ConfigMap', async () => {
    const none = { applicationNamespaces: [], applicationsetNamespaces: [] };
    expect(await allowedNamespaces(withData(), 'argocd')).toEqual(none);
    expect(await allowedNamespaces(withData({ 'application.namespaces': '' }), 'argocd')).toEqual(none);
    const without = { find: async () => undefined } as unknown as Kube;
    expect(await allowedNamespaces(without, 'argocd')).toBeUndefined();
  });
});

test('the flags are never empty, or argocd would look into a ConfigMap that may be missing', () => {
  expect(
    namespaceFlags({ namespace: 'cd', applicationNamespaces: ['a', 'b-*'], applicationsetNamespaces: [] }),
  ).toEqual(['--application-namespaces=a,b-*', '--applicationset-namespaces=cd']);
});
