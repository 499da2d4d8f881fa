import { describe, expect, test } from '@jest/globals';
import { type DemoObject, demoObjects, demoSecretValues } from '../../src/demo/demo.js';
import { stringifyJson } from '../../src/kube/json.js';

const objects = demoObjects({ seed: 'secret-values.test' });
const values = demoSecretValues(objects);
const secrets = objects.filter(({ kind }) => kind === 'Secret');
const secretOf = (data: Record<string, string>): DemoObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 's' },
  data: Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  ),
});

describe('demoSecretValues', () => {
  test('finds a value in each Secret that has one to hide', () => {
    const open = secrets.filter(
      ({ data = {} }) => !Object.values(data).some((base64) => values.includes(base64)),
    );
    expect(open.map(({ metadata }) => metadata.name)).toEqual(['repo-public', 'repo-oci']);
  });

  test('gives no value twice, and none that could turn up by chance', () => {
    expect(new Set(values).size).toBe(values.length);
    for (const value of values) expect(value.length).toBeGreaterThanOrEqual(8);
  });

  test('gives nothing that stands outside of Secrets, where it may be shown', () => {
    const shown = stringifyJson(objects.filter(({ kind }) => kind !== 'Secret'));
    expect(values.filter((value) => shown.includes(value))).toEqual([]);
    for (const open of [
      'argocd',
      'https://git.corp.example/platform/apps.git',
      '-----BEGIN PRIVATE KEY-----',
    ])
      expect(values).not.toContain(open);
  });

  test.each([
    ['the text', { password: 'demo-password' }, 'demo-password'],
    ['the base64', { password: 'demo-password' }, 'ZGVtby1wYXNzd29yZA=='],
    ['the text without its newline', { password: 'demo-password\n' }, 'demo-password'],
    [
      'a line of a key',
      { sshPrivateKey: '-----BEGIN X-----\nc2VjcmV0IGtleQ\n-----END X-----\n' },
      'c2VjcmV0IGtleQ',
    ],
    ['a bearer token', { config: '{"bearerToken":"demo-token"}' }, 'demo-token'],
    ['a client key', { config: '{"tlsClientConfig":{"keyData":"ZGVtbyBrZXk="}}' }, 'ZGVtbyBrZXk='],
    [
      'an environment of an exec plugin',
      { config: '{"env":{"AWS_SECRET_ACCESS_KEY":"demo-access"}}' },
      'demo-access',
    ],
    ['a password in a URL', { proxy: 'http://u:demo-proxy-pass@proxy.example:1' }, 'demo-proxy-pass'],
  ])('gives %s', (_what, data, value) => {
    expect(demoSecretValues([secretOf(data)])).toContain(value);
  });

  test('looks for bytes that are no text by their base64 only', () => {
    const bytes = { ...secretOf({}), data: { keystore: '/////////////w==' } };
    expect(demoSecretValues([bytes])).toEqual(['/////////////w==']);
  });
});
