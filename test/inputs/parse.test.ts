import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { DrError, EXIT } from '../../src/errors.js';
import { foreignInputs, forgetSecrets, type ModeWord, parseInputs, reportDirOf } from '../../src/inputs.js';

const home = mkdtempSync(join(tmpdir(), 'inputs-'));
/** Backups by their names; what is in them is not read here. */
const SEALED = join(home, 'x.tar.gz.age');
const UNSEALED = join(home, 'x.tar.gz');
let identity: string;
let recipient: string;
let kubeconfig: string;
let keyFile: string;

beforeAll(async () => {
  for (const path of [SEALED, UNSEALED]) writeFileSync(path, '');
  identity = await generateX25519Identity();
  recipient = await identityToRecipient(identity);
  kubeconfig = join(home, 'kubeconfig');
  keyFile = join(home, 'key.txt');
  writeFileSync(kubeconfig, '');
  writeFileSync(keyFile, `# created: today\n# public key: ${recipient}\n${identity}\n`);
});
afterAll(() => rmSync(home, { recursive: true }));

const parse = <M extends ModeWord>(
  mode: M,
  values: Record<string, string> = {},
  env: NodeJS.ProcessEnv = {},
) => parseInputs({ mode, values }, { HOME: home, ...env });

async function problemsOf(mode: ModeWord, values: Record<string, string>, env: NodeJS.ProcessEnv = {}) {
  const error = await parse(mode, values, env).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DrError);
  expect((error as DrError).exitCode).toBe(EXIT.invalidInput);
  // One problem is the whole message; several stand below a line that counts them.
  const all = (error as DrError).message.split('\n');
  const lines = all.length === 1 ? all : all.slice(1);
  return lines.map((line) => line.trim());
}

const backupOf = (more: Record<string, string> = {}) => ({ kubeconfig, recipients: recipient, ...more });

describe('defaults', () => {
  test('of a drill', async () => {
    expect(await parse('drill')).toEqual({
      mode: 'drill',
      cluster: 'auto',
      namespace: 'argocd',
      argocdVersion: 'auto',
      kubernetesVersion: 'auto',
      toolSource: 'auto',
      reportDir: 'argocd-dr-report',
      timeout: 3_600_000,
      ha: true,
      portMappings: [],
      registryMirrors: [],
      fastStart: 'auto',
      keepCluster: false,
      level: 'auto',
      render: 'none',
      verifyTimeout: 600_000,
      importConcurrency: 4,
      allowPartial: false,
      applications: 60,
      seed: 'argocd-dr',
    });
  });

  test('of a backup', async () => {
    expect(await parse('backup', backupOf())).toMatchObject({
      cluster: 'auto',
      encryption: 'age',
      recipients: [recipient],
      recipientsMin: 1,
      minApplications: 1,
      maxShrinkPercent: 50,
      upload: 'auto',
      applicationNamespaces: [],
    });
  });

  test('stand in for empty text', async () => {
    expect(await parse('drill', { namespace: '', timeout: '  ' })).toMatchObject({
      namespace: 'argocd',
      timeout: 3_600_000,
    });
  });
});

test('every problem is in one error, the checks across inputs among them', async () => {
  const problems = await problemsOf('backup', {
    cluster: 'kind',
    timeout: 'soon',
    'recipients-min': '0',
    recipients: 'age1typo',
    kubeconfig: join(home, 'nowhere'),
    'max-shrink-percent': '200',
  });
  expect(problems).toHaveLength(6);
  expect(problems.map((line) => line.split(':')[0]).sort()).toEqual([
    'cluster',
    'kubeconfig',
    'max-shrink-percent',
    'recipients',
    'recipients-min',
    'timeout',
  ]);
});

test('problems of the command line come first and with the others', async () => {
  const given = {
    mode: 'drill',
    values: { seed: 'x', timeout: '?' },
    problems: [{ input: '--x', text: 'is not known.' }],
  } as const;
  await expect(parseInputs(given, {})).rejects.toThrow(
    '2 inputs are not valid:\n  --x: is not known.\n  timeout: "?" is not valid;',
  );
});

describe('recipients', () => {
  const refused = async (
    recipients: string,
    more: Record<string, string> = {},
    env: NodeJS.ProcessEnv = {},
  ) => (await problemsOf('backup', { kubeconfig, recipients, ...more }, env)).join('\n');

  test('a mistyped one fails its checksum', async () => {
    const last = recipient.endsWith('q') ? 'p' : 'q';
    expect(await refused(`${recipient},${recipient.slice(0, -1)}${last}`)).toMatch(
      /^recipients: entry 2 "age1.*is not an age recipient, or is mistyped; expected age1…/,
    );
  });

  test('a post-quantum one beside another kind is refused, as the weaker decides', async () => {
    const postQuantum = await identityToRecipient(await generateHybridIdentity());
    expect(await refused(`${recipient},${postQuantum}`)).toMatch(/^recipients: 1 of 2 recipients are post-q/);
  });

  test('a secret key is sent to identity and not shown', async () => {
    const message = await refused(identity);
    expect(message).toContain('that is a secret key, it belongs in identity');
    expect(message).not.toContain(identity);
    expect(message).not.toContain(identity.slice(20, 40));
  });

  test('an SSH key is refused with the way to an age key', async () => {
    expect(await refused('ssh-ed25519 AAAAC3Nz me@host')).toMatch(/is an SSH key.*age-keygen -o key\.txt/);
  });

  test('what has no form of a public key is not shown', async () => {
    expect(await refused('hunter2')).not.toContain('hunter2');
  });

  test('none at all', async () => {
    expect(await refused('')).toMatch(/^recipients: is missing; expected one or more public keys/);
  });

  test('fewer different ones than recipients-min', async () => {
    expect(await refused(`${recipient}\n${recipient}`, { 'recipients-min': '2' })).toBe(
      'recipients: has 1, recipients-min asks for 2',
    );
  });

  test('a passphrase takes their place, but not beside them and not in GitHub Actions', async () => {
    const secret = { ARGOCD_DR_PASSPHRASE: 'correct horse' };
    expect(await parse('backup', { kubeconfig }, secret)).toMatchObject({ passphrase: 'correct horse' });
    expect(await refused(recipient, {}, secret)).toMatch(/^recipients: exclude a passphrase/);
    const inActions = await refused('', {}, { ...secret, GITHUB_ACTIONS: 'true' });
    expect(inActions).toMatch(/^ARGOCD_DR_PASSPHRASE: .*refused in GitHub Actions/);
    expect(inActions).not.toContain('correct horse');
  });
});

describe('encryption none', () => {
  test('needs no recipients', async () => {
    expect(await parse('backup', { kubeconfig, encryption: 'none' })).toMatchObject({ encryption: 'none' });
  });

  test('excludes upload and recipients', async () => {
    const problems = await problemsOf('backup', backupOf({ encryption: 'none', upload: 'true' }));
    expect(problems.map((line) => line.split(' ')[0])).toEqual(['upload:', 'recipients:']);
  });
});

describe('the key of a restore', () => {
  const sealed = { backup: SEALED };

  test('comes from the input, the variable or a file', async () => {
    const env = { ARGOCD_DR_IDENTITY: identity };
    expect(await parse('restore-verify', { ...sealed, identity })).toMatchObject({ identity });
    expect(await parse('restore-verify', sealed, env)).toMatchObject({ identity });
    const byFile = await parse('restore-verify', { ...sealed, 'identity-file': keyFile }, env);
    expect(byFile).toMatchObject({ identityFile: keyFile });
    expect(byFile).not.toHaveProperty('identity');
  });

  test('is needed for a sealed backup only', async () => {
    expect(await problemsOf('restore-verify', sealed)).toEqual([
      expect.stringMatching(/^identity: is missing/),
    ]);
    expect(await parse('restore-verify', { backup: UNSEALED })).toMatchObject({
      backup: { from: 'path', path: UNSEALED },
    });
  });

  test('the backup itself is needed', async () => {
    expect(await problemsOf('restore-verify', {})).toEqual([expect.stringMatching(/^backup: is missing/)]);
  });

  test('identity and identity-file exclude one another', async () => {
    expect(await problemsOf('restore-verify', { ...sealed, identity, 'identity-file': keyFile })).toEqual([
      'identity: excludes identity-file; give one of them',
    ]);
  });

  test.each([
    ['a damaged key', () => identity.slice(0, -2), /not an age secret key/],
    ['a public key', () => recipient, /is a recipient/],
    ['other text', () => 'hunter2', /not an age secret key/],
  ])('%s is refused and not shown', async (_, key, message) => {
    const [problem] = await problemsOf('restore-verify', { ...sealed, identity: key() });
    expect(problem).toMatch(message);
    expect(problem).not.toContain(key());
  });

  test.each([
    ['missing', 'nowhere.txt', undefined, /does not exist/],
    ['empty', 'empty.txt', '', /There is no key in it/],
    ['a folder', 'folder', null, /is a folder; expected the path of a file/],
  ])('an identity-file that is %s', async (_, name, content, message) => {
    const path = join(home, name);
    if (content === null) mkdirSync(path);
    else if (content !== undefined) writeFileSync(path, content);
    const problems = await problemsOf('restore-verify', { ...sealed, 'identity-file': path });
    expect(problems).toEqual([expect.stringMatching(/^identity-file: /)]);
    expect(problems[0]).toMatch(message);
  });
});

describe('an existing cluster', () => {
  test('needs a kubeconfig from somewhere', async () => {
    expect(await problemsOf('drill', { cluster: 'existing' })).toEqual([
      expect.stringMatching(/^kubeconfig: is missing, and ~\/\.kube\/config cannot be read/),
    ]);
    expect(await problemsOf('backup', { recipients: recipient }, { KUBECONFIG: '/nowhere' })).toEqual([
      expect.stringMatching(
        /^kubeconfig: is missing, and the file in the variable KUBECONFIG cannot be read/,
      ),
    ]);
  });

  test('is found by the variable, in the home folder, and from inside a pod', async () => {
    await parse('backup', { recipients: recipient }, { KUBECONFIG: `/nowhere:${kubeconfig}` });
    await parse('backup', { recipients: recipient }, { KUBERNETES_SERVICE_HOST: '10.0.0.1' });
    const other = mkdtempSync(join(home, 'home-'));
    mkdirSync(join(other, '.kube'));
    writeFileSync(join(other, '.kube', 'config'), '');
    await parse('backup', { recipients: recipient }, { HOME: other });
  });
});

test('manifests and a chart exclude one another', async () => {
  const problems = await problemsOf('install', { manifests: 'x.yaml', 'chart-version': '9.0.5' });
  expect(problems).toContain('manifests: excludes chart-version; give one of them');
});

test('a name that would leave its folder is refused', async () => {
  expect(await problemsOf('teardown', { 'cluster-name': '../../etc' })).toHaveLength(1);
});

test('the report folder of inputs that are not valid', () => {
  expect(reportDirOf({ mode: 'drill', values: { 'report-dir': ' out ' } })).toBe('out');
  expect(reportDirOf({ mode: 'drill', values: {} })).toBe('argocd-dr-report');
});

test('secrets leave the environment, other variables stay', () => {
  const env = {
    INPUT_IDENTITY: 'a',
    'INPUT_ADMIN-PASSWORD': 'b',
    ARGOCD_DR_IDENTITY: 'c',
    ARGOCD_DR_PASSPHRASE: 'd',
    GITHUB_TOKEN: 'e',
    PATH: 'f',
  };
  forgetSecrets(env);
  expect(env).toEqual({ GITHUB_TOKEN: 'e', PATH: 'f' });
});

test('inputs of other modes count only if they differ from their defaults', () => {
  const values = { recipients: 'age1', ha: 'true', workers: '5', namespace: 'x', backup: '' };
  expect(foreignInputs('install', values)).toEqual(['recipients']);
  expect(foreignInputs('backup', values)).toEqual(['workers']);
});

describe('what does not go together', () => {
  test.each([
    ['drill', { cluster: 'control-plane', level: 'running' }, 'level: "running" needs a cluster .* pods'],
    ['drill', { cluster: 'existing', level: 'engine' }, 'level: "engine" needs a cluster .* pods'],
    ['drill', { level: 'custom' }, 'verify-command: is missing'],
    ['drill', { level: 'restore', 'verify-command': 'true' }, 'verify-command: needs level running'],
    ['drill', { cluster: 'control-plane', 'verify-command': 'true' }, 'verify-command: needs level running'],
    ['drill', { level: 'integrity', 'admin-password': 'x' }, 'admin-password: needs level running'],
    ['drill', { level: 'engine', render: 'all' }, 'render: "all" needs level render or custom'],
    ['drill', { cluster: 'control-plane', 'node-image': 'x' }, 'node-image: is for cluster kind'],
    [
      'install',
      { cluster: 'existing', 'port-mappings': '31000:31000' },
      'port-mappings: is for cluster kind',
    ],
    ['install', { cluster: 'control-plane', chaos: 'node' }, 'chaos: is for cluster kind'],
    ['install', { 'chart-version': '9.0.5', manifests: 'x' }, 'manifests: excludes chart-version'],
    ['install', { values: 'package.json' }, 'values: .* give chart-version as well'],
  ] as const)('%s with %o', async (mode, given, expected) => {
    const values = { kubeconfig: 'package.json', ...given } as unknown as Record<string, string>;
    expect(await problemsOf(mode, values)).toEqual([expect.stringMatching(new RegExp(`^${expected}`))]);
  });

  test.each([
    ['drill', { level: 'running', 'verify-command': 'true', 'admin-password': 'x' }],
    ['drill', { level: 'render', render: 'all' }],
    ['drill', { cluster: 'kind', level: 'custom', 'verify-command': 'true', render: 'reachable' }],
    ['install', { cluster: 'kind', chaos: 'node', 'node-image': 'x', 'port-mappings': '31000:31000' }],
    ['install', { 'chart-version': '9.0.5', values: 'package.json' }],
  ] as const)('and what does: %s with %o', async (mode, values) => {
    await expect(parse(mode, values as unknown as Record<string, string>)).resolves.toBeDefined();
  });
});

test('a backup that is not there is refused with all that could have been meant', async () => {
  expect(await problemsOf('restore-verify', { backup: 'latst', identity })).toEqual([
    expect.stringMatching(/^backup: "latst" does not exist; expected a path, latest, run:ID/),
  ]);
});

describe('what only works on GitHub', () => {
  const runner = { ACTIONS_RUNTIME_TOKEN: 'x', ACTIONS_ID_TOKEN_REQUEST_URL: 'https://x' };
  const repository = { GITHUB_REPOSITORY: 'octo-org/octo-repo', GITHUB_TOKEN: 'x' };

  test.each([
    ['upload', 'true', /^upload: works in the action alone/],
    ['attest', 'true', /^attest: needs a job .* id-token: write and attestations: write/],
    ['artifact-name', '../x', /^artifact-name: "..\/x" is not valid/],
    ['retention-days', '0', /^retention-days: "0" is not valid/],
  ])('%s %s elsewhere', async (input, value, problem) => {
    expect(await problemsOf('backup', backupOf({ [input]: value }))).toEqual([
      expect.stringMatching(problem),
    ]);
  });

  test.each([
    ['upload', 'true'],
    ['attest', 'true'],
    ['artifact-name', 'eu-west'],
    ['retention-days', '90'],
  ])('%s %s there', async (input, value) => {
    await expect(parse('backup', backupOf({ [input]: value }), runner)).resolves.toBeDefined();
  });

  test('an artifact is looked for in a repository, by a token, and opened with a key', async () => {
    expect(await problemsOf('restore-verify', { backup: 'latest' })).toEqual([
      expect.stringMatching(/^backup: "latest" is looked for in the repository that .* GITHUB_REPOSITORY/),
      expect.stringMatching(/^github-token: is missing; latest needs a token .*actions: read/),
      expect.stringMatching(/^identity: is missing/),
    ]);
  });

  test('the address of its API is one', async () => {
    const env = { ...repository, GITHUB_API_URL: 'ghe.example' };
    expect(await problemsOf('restore-verify', { backup: 'latest', identity }, env)).toEqual([
      expect.stringMatching(/^GITHUB_API_URL: "ghe.example" is not a URL/),
    ]);
  });

  test.each(['demonstration', UNSEALED])(
    'branch, event and allow-untrusted have no use for %s',
    async (backup) => {
      const values = { backup, branch: 'main', event: 'push', 'allow-untrusted': 'true', identity };
      expect(await problemsOf('restore-verify', values, repository)).toEqual([
        `branch: is for backup latest, random, run:ID or artifact:ID, and backup is ${backup}`,
        `event: is for backup latest or random, and backup is ${backup}`,
        `allow-untrusted: is for backup run:ID or artifact:ID, and backup is ${backup}`,
      ]);
    },
  );

  test.each(['run:7', 'artifact:7'])('%s may be of another branch, or of no trusted run', async (backup) => {
    const values = { backup, branch: 'dr', 'allow-untrusted': 'true', identity };
    await expect(parse('restore-verify', values, repository)).resolves.toMatchObject({
      branch: 'dr',
      allowUntrusted: true,
    });
    expect(await problemsOf('restore-verify', { ...values, event: 'push' }, repository)).toEqual([
      `event: is for backup latest or random, and backup is ${backup}`,
    ]);
  });

  test.each(['latest', 'random:30d'])('%s is always of trusted runs', async (backup) => {
    const values = { backup, 'allow-untrusted': 'true', identity };
    expect(await problemsOf('restore-verify', values, repository)).toEqual([
      expect.stringMatching(
        /^allow-untrusted: is for backup run:ID or artifact:ID, and backup is (latest|random)$/,
      ),
    ]);
    const plain = await parse('restore-verify', { backup, identity }, repository);
    expect(plain).toMatchObject({ allowUntrusted: false });
  });

  test('runs of pull requests are no events to take a backup from', async () => {
    const values = { backup: 'latest', event: 'pull_request', identity };
    expect(await problemsOf('restore-verify', values, repository)).toEqual([
      expect.stringMatching(/^event: "pull_request" is not valid; expected schedule, workflow_dispatch/),
    ]);
  });

  test('a demonstration needs neither', async () => {
    await expect(parse('restore-verify', { backup: 'demonstration' })).resolves.toBeDefined();
  });
});
