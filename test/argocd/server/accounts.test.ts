import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isAdminEnabled, parseAccounts, parseBool } from '../../../src/argocd/server/accounts.js';
import type { KubeObject } from '../../../src/kube/objects.js';

const configMap = (data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'argocd-cm' },
  data,
});

const secret = (data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'argocd-secret' },
  data: Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  ),
});

const ADMIN = { name: 'admin', enabled: true, capabilities: ['login'] };

describe('parseBool takes the words of strconv.ParseBool and no others', () => {
  test.each(['1', 't', 'T', 'TRUE', 'true', 'True'])('%s is true', (word) =>
    expect(parseBool(word)).toBe(true),
  );
  test.each(['0', 'f', 'F', 'FALSE', 'false', 'False'])('%s is false', (word) =>
    expect(parseBool(word)).toBe(false),
  );
  test.each(['', 'yes', 'no', 'on', 'tRUE', ' true', 'true ', '2', 'toString'])('%j is neither', (word) =>
    expect(parseBool(word)).toBeUndefined(),
  );
});

describe('the accounts of argocd-cm', () => {
  test('there is always admin, even without any object', () => {
    expect(parseAccounts(undefined, undefined)).toEqual({ accounts: [ADMIN] });
  });

  test.each<[string, Record<string, string>, object[]]>([
    [
      'capabilities',
      { 'accounts.ci': ' login ,apiKey' },
      [{ name: 'ci', capabilities: ['apiKey', 'login'] }],
    ],
    ['one listed twice', { 'accounts.ci': 'login,login' }, [{ name: 'ci', capabilities: ['login'] }]],
    ['one that is not known', { 'accounts.ci': 'login, root, LOGIN' }, [{ capabilities: ['login'] }]],
    ['none', { 'accounts.ci': '' }, [{ name: 'ci', enabled: true, capabilities: [] }]],
    [
      'switched off, in either order',
      {
        'accounts.a.enabled': 'false',
        'accounts.a': 'login',
        'accounts.b': 'login',
        'accounts.b.enabled': '0',
      },
      [
        { name: 'a', enabled: false, capabilities: ['login'] },
        { name: 'b', enabled: false, capabilities: ['login'] },
      ],
    ],
    ['only a switch', { 'accounts.ci.enabled': 'true' }, [{ name: 'ci', enabled: true, capabilities: [] }]],
    ['another suffix', { 'accounts.ci.tokens': 'x' }, [{ name: 'ci', enabled: true, capabilities: [] }]],
    ['a name like a field of every object', { 'accounts.__proto__': 'login' }, [{ name: '__proto__' }]],
    ['other keys', { 'accounts.a.b.c': 'login', accounts: 'login', 'account.a': 'login', url: 'x' }, []],
  ])('%s', (_what, data, expected) => {
    const { accounts, unreadable } = parseAccounts(configMap(data), undefined);
    expect(unreadable).toBeUndefined();
    expect(accounts[0]).toEqual(ADMIN);
    expect(accounts.slice(1)).toEqual(expected.map((each) => expect.objectContaining(each)));
  });

  test('admin may be given more, and is not listed twice', () => {
    expect(parseAccounts(configMap({ 'accounts.admin': 'apiKey, login' }), undefined).accounts).toEqual([
      { ...ADMIN, capabilities: ['apiKey', 'login'] },
    ]);
  });

  test('the order of the keys does not matter', () => {
    const data = fc.dictionary(
      fc.constantFrom(
        'accounts.a',
        'accounts.a.enabled',
        'accounts.b',
        'admin.enabled',
        'accounts.b.enabled',
      ),
      fc.constantFrom('login', 'apiKey,login', 'true', 'false', ''),
    );
    const parsed = (entries: [string, string][]) => {
      const { accounts, unreadable } = parseAccounts(configMap(Object.fromEntries(entries)), undefined);
      return [new Set(accounts), unreadable !== undefined];
    };
    fc.assert(
      fc.property(data, (each) => {
        const entries = Object.entries(each);
        expect(parsed([...entries].reverse())).toEqual(parsed(entries));
      }),
    );
  });
});

describe('whether admin is enabled', () => {
  test.each<[Record<string, string>, boolean]>([
    [{}, true],
    [{ 'admin.enabled': 'false' }, false],
    [{ 'admin.enabled': '0' }, false],
    [{ 'admin.enabled': 'no' }, true],
    [{ 'accounts.admin.enabled': 'false' }, false],
    [{ 'admin.enabled': 'false', 'accounts.admin.enabled': 'true' }, true],
    [{ 'accounts.ci.enabled': 'false' }, true],
  ])('%j: %s', (data, expected) => expect(isAdminEnabled(configMap(data))).toBe(expected));
});

describe('a value that Argo CD cannot read spoils all accounts', () => {
  test.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['a switch', { 'accounts.ci.enabled': 'yes' }, {}, 'argocd-cm accounts.ci.enabled'],
    [
      'the time of a password',
      { 'accounts.ci': 'login' },
      { 'accounts.ci.passwordMtime': 'yesterday' },
      'argocd-secret accounts.ci.passwordMtime',
    ],
    ["admin's tokens", {}, { 'admin.tokens': '[{' }, 'argocd-secret admin.tokens'],
    [
      'several',
      { 'accounts.ci.enabled': 'maybe', 'accounts.b': '' },
      { 'accounts.b.passwordMtime': '', 'admin.tokens': 'x' },
      'argocd-cm accounts.ci.enabled, argocd-secret accounts.b.passwordMtime, argocd-secret admin.tokens',
    ],
  ])('%s', (_what, settings, secrets, keys) => {
    expect(parseAccounts(configMap(settings), secret(secrets)).unreadable).toBe(
      `${keys} cannot be read by Argo CD`,
    );
  });

  test.each<[string, Record<string, string>, Record<string, string>]>([
    [
      "times in all of RFC 3339's forms",
      { 'accounts.ci': '' },
      { 'accounts.ci.passwordMtime': '2026-01-01T00:00:00.5+02:00' },
    ],
    ['UTC', { 'accounts.ci': '' }, { 'accounts.ci.passwordMtime': '2026-01-01T00:00:00Z' }],
    [
      "admin's own time, which may be anything",
      {},
      { 'admin.passwordMtime': 'yesterday', 'accounts.admin.passwordMtime': 'yesterday' },
    ],
    ['the time of an account that is none', {}, { 'accounts.gone.passwordMtime': 'yesterday' }],
    ['tokens of others, which are passed over', { 'accounts.ci': '' }, { 'accounts.ci.tokens': '[{' }],
    ["admin's tokens", {}, { 'admin.tokens': '[{"id":"a","iat":1}]' }],
    ["admin's tokens, empty", {}, { 'admin.tokens': '' }],
    ['a switch of admin that is no boolean', { 'admin.enabled': 'yes' }, {}],
  ])('but not %s', (_what, settings, secrets) => {
    expect(parseAccounts(configMap(settings), secret(secrets)).unreadable).toBeUndefined();
  });
});
