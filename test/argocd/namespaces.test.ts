import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allowedNamespaces, isEnabled, namespaceFlags } from '../../src/argocd/namespaces.js';
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
