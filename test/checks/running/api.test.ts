import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ArgoCdApiError } from '../../../src/argocd/server/client.js';
import { apiFinding } from '../../../src/checks/running/api.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { fakeExec } from '../../cluster/kind/fake-docker.js';
import { ARGOCD_SECRET, configMap, object, runningWith, secret } from './fakes.js';

const dir = mkdtempSync(join(tmpdir(), 'api-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const IN_CLUSTER = { server: 'https://kubernetes.default.svc', name: 'in-cluster', project: '' };

const application = (name: string, namespace = 'argocd') =>
  object('Application', name, {
    metadata: { name, namespace },
    spec: { project: 'p', source: { repoURL: 'https://git.corp.example/x.git', path: name } },
  });

const BACKUP: KubeObject[] = [
  application('shop'),
  object('AppProject', 'p', { spec: { sourceRepos: ['*'] } }),
  secret('repo', { url: 'https://u:hunter2@git.corp.example/x.git' }, 'repository'),
  secret('write', { url: 'https://git.corp.example/w.git' }, 'repository-write'),
  secret('creds', { url: 'https://git.corp.example' }, 'repo-creds'),
  secret('edge', { server: 'https://10.0.0.1', name: 'edge', config: '{}' }, 'cluster'),
  configMap('argocd-cm', { 'accounts.ci': 'apiKey' }),
  configMap('argocd-rbac-cm', {}),
  ARGOCD_SECRET,
];

/** What argocd-server lists of that backup. */
const LISTED = {
  applications: [application('shop')] as object[],
  projects: [
    { metadata: { name: 'default' }, spec: {} },
    { metadata: { name: 'p' }, spec: { sourceRepos: ['*'] } },
  ] as object[],
  repositories: [{ repo: 'https://u:hunter2@git.corp.example/x.git', type: 'git' }] as object[],
  writeRepositories: [{ repo: 'https://git.corp.example/w.git' }] as object[],
  credentialTemplates: [{ url: 'https://git.corp.example' }] as object[],
  clusters: [{ server: 'https://10.0.0.1', name: 'edge' }, IN_CLUSTER] as object[],
  accounts: [
    { name: 'admin', enabled: true, capabilities: ['login'] },
    { name: 'ci', enabled: true, capabilities: ['apiKey'] },
  ] as object[],
};
type List = keyof typeof LISTED;
const LISTS = Object.keys(LISTED) as List[];

interface World {
  objects?: KubeObject[];
  target?: KubeObject[];
  /** What is listed instead; one answer after the other where it is a function. */
  lists?: Partial<Record<List, object[] | Error | ((nth: number) => object[])>>;
  /** What admin may not. */
  denied?: string[];
  rbac?: string;
  adminEnabledByDrill?: boolean;
}

async function find({ objects = BACKUP, lists = {}, denied = [], rbac = 'Yes', ...more }: World = {}) {
  const asked: string[] = [];
  const can = async (token: string, resource: string, action: string, about: string) => {
    if (token !== 'admin-token') return true;
    asked.push(`${action} ${resource} ${about}`);
    return !denied.includes(asked.at(-1)!);
  };
  const read = (list: List) => {
    let nth = 0;
    return async (token: string) => {
      expect(token).toBe('admin-token');
      const answer = lists[list] ?? LISTED[list];
      if (answer instanceof Error) throw answer;
      return typeof answer === 'function' ? answer(++nth) : answer;
    };
  };
  const client = { can, ...Object.fromEntries(LISTS.map((list) => [list, read(list)])) };
  const { exec } = fakeExec(() => ({ stdout: rbac }));
  return { finding: await apiFinding(runningWith({ objects, client, exec, ...more }), dir), asked };
}

const refused = (status: number, message = 'refused') => new ArgoCdApiError('/api/v1/x', status, message);
const without = (kind: string, name: string) =>
  BACKUP.filter((each) => each.kind !== kind || each.metadata.name !== name);

test('passes where everything is listed as it is in the backup', async () => {
  const { finding, asked } = await find();
  expect(finding).toEqual({
    status: 'pass',
    evidence:
      "argocd-server's API lists 1 applications, 2 projects, 1 repositories, 1 write repositories, 1 credential templates, 2 clusters, 2 accounts, 3 answers of RBAC: as in the backup, by name and key fields.",
    details: [
      'RBAC: admin may get applications default/any.',
      'RBAC: admin may sync applications default/any.',
      'RBAC: admin may create certificates any.example.',
    ],
  });
  expect(asked).toEqual([]);
});

test('admin counts as enabled where the drill enabled it', async () => {
  const objects = [
    ...without('ConfigMap', 'argocd-cm'),
    configMap('argocd-cm', { 'admin.enabled': 'false', 'accounts.ci': 'apiKey' }),
  ];
  const { finding } = await find({ objects, adminEnabledByDrill: true });
  expect(finding.status).toBe('pass');
});

describe('a difference fails, in any list', () => {
  test.concurrent('that lost its first entry', async () => {
    const lost = async (list: List) => {
      const { finding, asked } = await find({
        lists: { [list]: LISTED[list].toSpliced(list === 'projects' ? 1 : 0, 1) },
      });
      return [
        list,
        finding.status,
        ...(finding.differences ?? []).map(({ kind, name }) => `${kind} ${name}`),
        ...asked,
      ];
    };
    expect(await Promise.all(LISTS.map(lost))).toEqual([
      ['applications', 'fail', 'Application shop', 'get applications p/shop'],
      ['projects', 'fail', 'AppProject p', 'get projects p'],
      [
        'repositories',
        'fail',
        'Repository https://***@git.corp.example/x.git',
        'get repositories https://u:hunter2@git.corp.example/x.git',
      ],
      [
        'writeRepositories',
        'fail',
        'Write repository https://git.corp.example/w.git',
        'get write-repositories https://git.corp.example/w.git',
      ],
      [
        'credentialTemplates',
        'fail',
        'Credential template https://git.corp.example',
        'get repositories https://git.corp.example',
      ],
      ['clusters', 'fail', 'Cluster https://10.0.0.1', 'get clusters https://10.0.0.1'],
      ['accounts', 'fail', 'Account admin', 'get accounts admin'],
    ]);
  });

  test.concurrent('that has more or other entries: all are told, the first five by name, without passwords', async () => {
    const [shop] = LISTED.applications;
    const { finding, asked } = await find({
      lists: {
        applications: [
          { ...shop, spec: { project: 'other' } },
          ...['v', 'w', 'x'].map((name) => application(name)),
        ],
        repositories: [
          ...LISTED.repositories,
          { repo: 'https://u:hunter2@a' },
          { repo: 'https://u:hunter2@b' },
        ],
      },
    });
    expect(finding.status).toBe('fail');
    expect(finding.evidence).toMatch(
      /; 6 differ from the backup: different: Application argocd\/shop, unexpected: Application argocd\/v, unexpected: Application argocd\/w, unexpected: Application argocd\/x, unexpected: Repository argocd\/https:\/\/\*\*\*@a and 1 more\.$/,
    );
    expect(finding.differences).toHaveLength(6);
    expect(finding.differences![0]).toEqual({
      kind: 'Application',
      namespace: 'argocd',
      name: 'shop',
      problem: 'different',
      path: 'project',
    });
    expect(JSON.stringify(finding)).not.toMatch(/hunter2/);
    expect(asked).toEqual([]);
  });

  test.concurrent('or in an answer of RBAC', async () => {
    const { finding } = await find({ rbac: 'No' });
    expect(finding).toMatchObject({
      status: 'fail',
      evidence: expect.stringMatching(
        /3 differ from the backup: different: ConfigMap argocd\/argocd-rbac-cm/,
      ),
    });
    expect(finding.differences![0]).toMatchObject({ path: 'can admin get applications default/any' });
  });

  test.concurrent('but not if argocd-server has yet to see all', async () => {
    const { finding } = await find({
      lists: { applications: (nth) => (nth < 3 ? [] : LISTED.applications) },
    });
    expect(finding.status).toBe('pass');
  });
});

test.concurrent('what the restored policy hides from admin is no loss, and is told', async () => {
  const { finding } = await find({ lists: { applications: [] }, denied: ['get applications p/shop'] });
  expect(finding).toMatchObject({
    status: 'pass',
    evidence: expect.stringMatching(/lists 0 applications, 2 projects/),
    details: expect.arrayContaining(['Application shop is hidden from admin by the restored policy.']),
  });
});

describe('Applications in other namespaces', () => {
  const objects = [...BACKUP, application('far', 'team-a')];
  const allowing = configMap('argocd-cmd-params-cm', { 'application.namespaces': 'team-*' });

  test.concurrent('that argocd-cmd-params-cm does not allow are not proven', async () => {
    const { finding, asked } = await find({ objects });
    expect(finding).toMatchObject({
      status: 'skipped',
      evidence: expect.stringMatching(
        /; 1 Applications are in namespaces that .* does not allow \(team-a\/far\)/,
      ),
      details: expect.arrayContaining([expect.stringMatching(/^1 Applications are in namespaces/)]),
    });
    expect(asked).toEqual([]);
  });

  test.concurrent('that it allows must be listed', async () => {
    const lists = { applications: [...LISTED.applications, application('far', 'team-a')] };
    expect((await find({ objects, lists, target: [allowing] })).finding.status).toBe('pass');
    expect((await find({ objects, target: [allowing] })).finding).toMatchObject({
      status: 'fail',
      differences: [{ namespace: 'team-a', name: 'far', problem: 'missing' }],
    });
  });
});

describe('a list that is not served', () => {
  test.each<[string, World, object]>([
    [
      'of write repositories, as the hydrator is off and there are none',
      { objects: without('Secret', 'write'), lists: { writeRepositories: refused(501) } },
      { status: 'pass', evidence: expect.not.stringMatching(/write repositories/) },
    ],
    [
      'of write repositories, as the hydrator is off',
      { lists: { writeRepositories: refused(501) } },
      {
        status: 'pass',
        details: expect.arrayContaining([
          '1 write repositories are not listed: the source hydrator is off, as in the source.',
        ]),
      },
    ],
    [
      'as it was not in the source',
      {
        objects: [...BACKUP, secret('bad', { url: 'https://bad', enableOCI: 'yes' }, 'repo-creds')],
        lists: { repositories: refused(500), credentialTemplates: refused(500) },
      },
      {
        status: 'pass',
        details: expect.arrayContaining([
          'The list of repositories is not served, nor was it in the source: the credential template for https://bad holds a value that Argo CD cannot read.',
        ]),
      },
    ],
    [
      'for no reason',
      { lists: { repositories: refused(500, 'argocd-server answers with 500: boom') } },
      {
        status: 'fail',
        evidence: expect.stringMatching(/missing: List of repositories/),
        differences: [{ kind: 'List of repositories', name: '/api/v1/x', problem: 'missing' }],
        details: expect.arrayContaining(['argocd-server answers with 500: boom']),
      },
    ],
    [
      'of write repositories, by another error',
      { lists: { writeRepositories: refused(500) } },
      { status: 'fail', differences: [{ kind: 'List of write repositories' }] },
    ],
    ['with 501, but another one', { lists: { clusters: refused(501) } }, { status: 'fail' }],
  ])('%s', async (_what, world, expected) => {
    expect((await find(world)).finding).toMatchObject(expected);
  });

  test('as nothing answers is no finding', async () => {
    const error = new Error('argocd-server does not answer');
    await expect(find({ lists: { clusters: error } })).rejects.toBe(error);
  });
});
