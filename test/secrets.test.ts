import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import type { KubeObject } from '../src/kube/objects.js';
import { isSecretName } from '../src/secrets/names.js';
import { partsOfNames } from '../src/secrets/parts.js';
import { namedValues } from '../src/secrets/text.js';
import { credentialsOfUrls, hasCredentials } from '../src/secrets/urls.js';
import { LITERAL_LIMITS, SecretCollector, secretValues, TooManySecrets } from '../src/secrets/values.js';
import { CountedText } from './counted-text.js';

describe('of Secrets', () => {
  const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
  const secret = (fields: object, metadata: object = {}) =>
    ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', ...metadata }, ...fields }) as KubeObject;
  const valuesOf = (object: KubeObject) => [...secretValues([object])];

  test('data as it stands and decoded, and stringData', () => {
    const object = secret({ data: { password: base64('hunter22') }, stringData: { token: 'letmein' } });
    expect(valuesOf(object)).toEqual([base64('hunter22'), 'hunter22', 'letmein']);
  });

  test('binary data as it stands only', () => {
    expect(valuesOf(secret({ data: { key: base64(Buffer.from([0xff, 0xfe, 1])) } }))).toEqual(['//4B']);
  });

  test('the strings in a cluster Secret, and not its settings', () => {
    const config = JSON.stringify({
      bearerToken: 'the-token',
      tlsClientConfig: { insecure: false, keyData: 'S0VZ' },
    });
    const data = { name: base64('in-cluster'), server: base64('https://10.0.0.1'), config: base64(config) };
    const labels = { 'argocd.argoproj.io/secret-type': 'cluster' };
    expect(valuesOf(secret({ data }, { labels }))).toEqual([base64(config), config, 'the-token', 'S0VZ']);
    expect(valuesOf(secret({ data }))).toContain('in-cluster');
  });

  test.each([
    ['https://host/repo.git', []],
    ['git@host:repo.git', []],
    ['ssh://git@host/repo.git', []],
    ['https://user:pass@host/repo.git', ['https://user:pass@host/repo.git', 'pass']],
    ['https://organisation@host/repo.git', ['https://organisation@host/repo.git']],
    [
      'https://a-token-of-25-characters@host/r',
      ['https://a-token-of-25-characters@host/r', 'a-token-of-25-characters'],
    ],
    ['oci://user:p%40ss@host/chart', ['oci://user:p%40ss@host/chart', 'p%40ss', 'p@ss']],
  ])('a repository URL %s', (url, values) => {
    const labels = { 'argocd.argoproj.io/secret-type': 'repository' };
    expect(valuesOf(secret({ stringData: { url } }, { labels }))).toEqual(values);
  });

  test('the passwords of URLs in any value, and JSON within JSON', () => {
    const proxy = 'http://user:pass-word@proxy';
    const inner = JSON.stringify({ proxy });
    const outer = JSON.stringify({ inner });
    expect(new Set(valuesOf(secret({ stringData: { outer } })))).toEqual(
      new Set([outer, inner, proxy, 'pass-word']),
    );
  });

  test('a value that is nested without end, or long, is no matter', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const long = 'https'.repeat(200_000);
    expect(valuesOf(secret({ stringData: { deep, long } }))).toEqual([deep, long]);
  });

  test('the last-applied annotation, with its clear text', () => {
    const applied = JSON.stringify(secret({ stringData: { password: 'in-clear' } }));
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': applied };
    expect(valuesOf(secret({}, { annotations }))).toEqual([applied, 'in-clear']);
    expect(valuesOf(secret({}, { annotations: { ...annotations, other: 'x' } }))).not.toContain('x');
    const broken = { 'kubectl.kubernetes.io/last-applied-configuration': '{broken' };
    expect(valuesOf(secret({}, { annotations: broken }))).toEqual(['{broken']);
  });
});

const parsed = (yaml: string) => load(yaml) as KubeObject;
const application = (source: object, more: object = {}) =>
  ({
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'guestbook', namespace: 'argocd' },
    spec: { project: 'default', source },
    ...more,
  }) as unknown as KubeObject;
const configMap = (data: Record<string, string>) =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'argocd-cm' }, data }) as unknown as KubeObject;

describe('of other objects', () => {
  test('literals in the settings of Argo CD, and no references', () => {
    const settings = configMap({
      'dex.config':
        'connectors:\n- type: ldap\n  config:\n    clientID: a-client\n    bindPW: ldap-literal\n    clientSecret: $dex.github.clientSecret\n',
      'oidc.config': 'name: Okta\nclientSecret: oidc-literal # for now\nclientID: $oidc:id\n',
      'repository.credentials':
        '- url: https://git.example.com\n  password: repo-literal\n  usernameSecret:\n    name: a-name\n    key: username\n',
      'webhook.github.secret': 'hook-literal',
      'redis.password': '$redis:password',
      'service.slack': 'token: xoxb-literal\nicon: https://example.com/icon.png\n',
      'service.webhook.x': 'headers:\n- name: Authorization\n  value: Bearer header-literal\n',
      'service.teams': 'recipientUrls:\n  all: https://acme.webhook.office.com/webhookb2/path-literal\n',
      'users.session.duration': '24h',
    });
    expect(secretValues([settings])).toEqual([
      ...['ldap-literal', 'oidc-literal', 'repo-literal', 'hook-literal', 'xoxb-literal'],
      ...['Bearer header-literal', 'header-literal', 'path-literal'],
    ]);
  });

  test('parameters, values and variables of an Application', () => {
    const values = [
      'replicaCount: 3\nkey: value\nauth:\n  rootPassword: "in \\"quotes\\""\n  existingSecret: my-secret',
      '  passwordKey: a-key\ntoken: |\n  a-block\ntokens:\n  - first-token\n  - second-token',
      'env:\n- name: API_KEY\n  value: of-env\n- name: LOG_LEVEL\n  value: debug-level',
      'args: ["--password=of-args", "--level=info"]\nflow: {secret: of-flow, other: plain-value}',
    ].join('\n');
    const helm = {
      values,
      parameters: [
        { name: 'db.password', value: 'of-parameter' },
        { name: 'image.tag', value: 'v1.2.3' },
        { name: 'auth.existingSecret', value: 'another-secret' },
      ],
      valuesObject: { adminPassword: 'of-object', secretName: 'named', nested: [{ apiKey: 'of-list' }] },
    };
    const plugin = {
      env: [{ name: 'GIT_TOKEN', value: 'of-plugin' }],
      parameters: [{ name: 'password', string: 'of-string' }],
    };
    const found = secretValues([application({ helm, plugin })]);
    expect(found).toEqual(
      expect.arrayContaining([
        ...['in "quotes"', 'a-block', 'first-token', 'second-token', 'of-env', 'of-args', 'of-flow'],
        ...['of-parameter', 'of-object', 'of-list', 'of-plugin', 'of-string'],
      ]),
    );
    for (const plain of [
      '3',
      'value',
      'my-secret',
      'a-key',
      'debug-level',
      'v1.2.3',
      'another-secret',
      'named',
    ])
      expect(found).not.toContain(plain);
    for (const part of found) expect(part).not.toContain('plain-value}plain');
  });

  test('what was applied last, what is running, and private keys', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${'MIIE'.repeat(16)}\n-----END PRIVATE KEY-----`;
    const source = { helm: { parameters: [{ name: 'token', value: 'in-operation' }] } };
    const applied = JSON.stringify(application({ helm: { values: 'password: applied-literal' } }));
    const object = application(
      { helm: { values: `cert: |\n  ${key.replaceAll('\n', '\n  ')}` } },
      {
        operation: { sync: { source } },
        metadata: {
          name: 'guestbook',
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': applied },
        },
      },
    );
    expect(secretValues([object]).sort()).toEqual(
      ['MIIE'.repeat(16), 'applied-literal', 'in-operation'].sort(),
    );
  });

  test('URLs with credentials, wherever they are', () => {
    const project = parsed(
      'apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: team}\nspec:\n  sourceRepos: ["https://user:of-project@git.example.com/a"]',
    );
    const set = parsed(
      'apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: set}\nspec:\n  generators: [{git: {repoURL: "https://x:of-generator@git.example.com/a?access_token=of-query"}}]',
    );
    const app = application({ repoURL: 'https://a-token-of-25-characters@git.example.com/a' });
    expect(secretValues([project, set, app])).toEqual([
      ...['of-project', 'of-generator', 'of-query', 'a-token-of-25-characters'],
    ]);
  });

  test.each([
    '$ARGOCD_APP_NAME',
    '\u0024{TOKEN}',
    '{{ .token }}',
    '<path:secret/data/a#b>',
    'changeme',
    '1234',
    '30m',
    'true',
  ])('%s is no secret', (value) => {
    const helm = { parameters: [{ name: 'token', value }], values: `password: ${value}` };
    expect(secretValues([application({ helm })])).toEqual([]);
  });

  test('no part of the name of an object that is known, so that messages stay readable', () => {
    const helm = {
      parameters: [
        { name: 'password', value: 'guest-b' },
        { name: 'token', value: 'argocd' },
      ],
    };
    const other = application({});
    other.metadata = { name: 'the-guest-book', namespace: 'team-a' };
    expect(secretValues([application({ helm }), other])).toEqual([]);
  });

  test('YAML that would hurt a parser is read like any text', () => {
    const bomb = `a: &a [${'x,'.repeat(9)}]\n${[...'bcdefghi'].map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]},`.repeat(9)}]`).join('\n')}\npassword: behind-the-bomb`;
    const deep = `${'['.repeat(100_000)}\ntoken: behind-the-depth`;
    const found = secretValues([
      application({ helm: { values: bomb } }),
      application({ helm: { values: deep } }),
    ]);
    expect(found).toEqual(['behind-the-bomb', 'behind-the-depth']);
  });

  test('one Application takes the room of no other', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => ({
      name: 'token',
      value: `many-${index}-tokens`,
    }));
    const collector = new SecretCollector();
    collector.add(application({ helm: { parameters: many } }));
    expect(collector.isFull).toBe(true);
    collector.add(application({ helm: { parameters: [{ name: 'token', value: 'of-somebody-else' }] } }));
    expect(collector.values()).toHaveLength(LITERAL_LIMITS.ofObject.values + 1);
    expect(collector.values()).toContain('of-somebody-else');
  });

  test('Secrets of a stored backup without end are refused', () => {
    const collector = new SecretCollector({ secretsLimit: 1000 });
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's' },
      stringData: { a: 'a'.repeat(1001) },
    };
    expect(() => collector.add(secret)).toThrow(TooManySecrets);
  });
});

test.each([
  ...['password', 'db.adminPassword', 'API_KEY', 'tokenBase64', 'clientSecret', 'bindPW', 'passwordHash'],
  ...['global.postgresql.auth.postgresPassword', 'awsSecretAccessKey', 'webhook.github.secret', 'apiKeys[0]'],
])('%s names a secret', (name) => expect(isSecretName(name)).toBe(true));

test.each([
  ...['key', 'name', 'passwordKey', 'secretName', 'existingSecret', 'imagePullSecrets', 'tokenURL', 'keyRef'],
  ...['global.imagePullSecrets[0]', 'replicaCount', 'bypass', 'author', 'tokenExpiry', 'monkey', 'publicKey'],
])('%s names none', (name) => expect(isSecretName(name)).toBe(false));

/** Texts that careless expressions go over again from each of their characters. */
const HOSTILE: [string, (size: number) => string][] = [
  ['colons behind a scheme', (size) => `a://${':'.repeat(size)}`],
  ['schemes without end', (size) => '://'.repeat(size / 3)],
  ['schemes and colons', (size) => 'http://:'.repeat(size / 8)],
  ['a user without end', (size) => `https://${'a'.repeat(size)}`],
  ['many at signs', (size) => `https://a:${'@'.repeat(size)}`],
  ['letters', (size) => 'a'.repeat(size)],
];

test.each(HOSTILE)('%s: twice the size takes twice the steps', (_what, make) => {
  const steps = (size: number) => {
    const counted = new CountedText(make(size));
    for (const _ of credentialsOfUrls(counted as unknown as string));
    return counted.characters + counted.parts;
  };
  expect(steps(80_000) / steps(40_000)).toBeLessThan(2.1);
  expect(steps(80_000)).toBeLessThan(80_000 * 12);
});

test('a URL that would take forever is told at once', () => {
  for (const [, make] of HOSTILE) expect(hasCredentials(make(1_000_000))).toBe(make(6).includes('@'));
});

test('settings that would take forever are read at once', () => {
  const lines = [
    ' password: |',
    '- - - - password:',
    'password: "',
    "token: '",
    '----------',
    'a=b=',
    '{"a":',
    '- ENC[tokens:',
  ];
  for (const line of lines) {
    const found = namedValues(`${line.repeat(40_000)} token: x\n${`${line}\n`.repeat(40_000)}`);
    let count = 0;
    for (const value of found) if (++count > 1000 || value.length > 1e6) break;
  }
});

const NESTED = Array.from({ length: 99 }, (_, depth) => `${' '.repeat(depth)}token: |\n`).join('');

/** Texts in which each line leads to many below, or each value to all that follow in its line. */
const LEADING: [string, string][] = [
  ['keys that begin within keys', `-----BEGIN PRIVATE KEY\n${'MIIE'.repeat(4)}\n`.repeat(5000)],
  ['lists that begin within lists', '- ENC[tokens:\n'.repeat(10_000)],
  ['blocks within blocks', `${NESTED}${`${' '.repeat(99)}${'x'.repeat(1000)}\n`.repeat(100)}`.repeat(10)],
  ['values within values', `${'token=ENC['.repeat(1000)}\n`.repeat(20)],
];

test.each(LEADING)('%s: what is found does not grow beyond the text', (_what, text) => {
  let found = 0;
  for (const value of namedValues(`token: a\n${text}`)) found += value.length;
  // Each value is told twice at most, as it stands and as far as brackets go.
  expect(found).toBeLessThan(2 * (2 ** 18 + 5 * text.length));
});

test('keys, lists and blocks that stand within others are found once more, or as part of these', () => {
  const text = [
    ...['-----BEGIN PRIVATE KEY-----', 'A'.repeat(16), '-----BEGIN RSA PRIVATE KEY-----', 'B'.repeat(16)],
    ...[
      '-----END RSA PRIVATE KEY-----',
      'C'.repeat(16),
      'tokens:',
      '- one-token',
      '- two tokens:',
      '- three-token',
    ],
    ...['other: 1', '- four-token', 'secret: |', '  password: |', '    inner', 'other: 2'],
  ];
  expect([...namedValues(text.join('\n'))]).toEqual([
    ...['A'.repeat(16), 'B'.repeat(16), 'one-token', 'two tokens:', 'three-token'],
    ...['password: |\ninner', 'inner'],
  ]);
});

test('a comment is looked for once, whatever ends its line', () => {
  const [value] = namedValues(`token: a-token${' #'.repeat(4000)}\rx`);
  expect(value).toBe('a-token');
});

test('which texts are part of names takes no more steps for more texts', () => {
  const steps = (texts: number) => {
    const names = Array.from(
      { length: 100 },
      (_, at) => new CountedText(`${'ab'.repeat(at)}-${'c'.repeat(at)}`),
    );
    const wanted = Array.from({ length: texts }, (_, at) => `${'ab'.repeat(at % 7)}-${at}`);
    partsOfNames(wanted, names as unknown as string[]);
    const length = names.reduce((sum, name) => sum + name.length, 0);
    return names.reduce((sum, { parts }) => sum + parts, 0) / length;
  };
  expect(steps(100_000)).toBe(steps(10_000));
  expect(steps(100_000)).toBeLessThan(14);
});

test('texts that are part of a name, and those that are not', () => {
  const names = ['the-guest-book', 'abc', 'x'.repeat(40)];
  const texts = [
    'guest',
    'guest-book',
    'guest-books',
    'book',
    'e-gu',
    'okab',
    'abc',
    'x'.repeat(16),
    'x'.repeat(17),
  ];
  expect([...partsOfNames(texts, names)].sort()).toEqual(
    ['book', 'e-gu', 'guest', 'guest-book', 'x'.repeat(16)].sort(),
  );
});
