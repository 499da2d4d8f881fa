import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ArgoCdApiError } from '../../../src/argocd/server/client.js';
import { compareRbac } from '../../../src/checks/running/rbac.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { type Answer, fakeExec } from '../../cluster/kind/fake-docker.js';
import { ARGOCD_SECRET, configMap, KEY, object, runningWith } from './fakes.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rbac-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const YES: Answer = { stdout: 'Yes\n' };
const NO: Answer = { code: 1, stdout: 'No\n' };
const POLICY = configMap('argocd-rbac-cm', { 'policy.csv': 'p, role:x, logs, get, shop/*, allow' });

interface World {
  objects?: KubeObject[];
  /** The backup's answer to a question, such as `admin get logs shop/*`. */
  backup?: (question: string) => Answer | Promise<Answer>;
  server?: (question: string) => boolean | Promise<boolean>;
  adminEnabledByDrill?: boolean;
}

/** The subject of a token that is signed with the restored key. */
function subjectOf(token: string): string {
  const [header, claims, signature] = token.split('.');
  expect(signature).toBe(createHmac('sha256', KEY).update(`${header}.${claims}`).digest('base64url'));
  return JSON.parse(Buffer.from(claims!, 'base64url').toString()).sub;
}

async function compare({ objects = [POLICY], backup = () => YES, server = () => true, ...more }: World = {}) {
  const { exec, calls } = fakeExec(({ args }) => {
    const [, , , , subject, action, resource, about] = args;
    return backup(`${subject} ${action} ${resource} ${about}`);
  });
  const asked: string[] = [];
  const can = async (token: string, resource: string, action: string, about: string) => {
    const [account, use] = subjectOf(token).split(':');
    expect(use).toBe('login');
    const question = `${account} ${action} ${resource} ${about}`;
    asked.push(question);
    return server(question);
  };
  const result = await compareRbac(runningWith({ objects, exec, client: { can }, ...more }), dir);
  return { result, calls, asked };
}

const QUESTIONS = [
  'admin get logs shop/*',
  'admin get applications default/any',
  'admin sync applications default/any',
  'admin create certificates any.example',
];

describe('the answers of both', () => {
  test('agree: nothing differs, and each is told', async () => {
    const denied = (question: string) => question.includes('sync');
    const { result, asked } = await compare({
      backup: (question) => (denied(question) ? NO : { stdout: 'a warning\nYes\n' }),
      server: (question) => !denied(question),
    });
    expect(asked).toEqual(QUESTIONS);
    expect(result).toEqual({
      counted: '4 answers of RBAC',
      differences: [],
      notes: [
        'RBAC: admin may get logs shop/*.',
        'RBAC: admin may get applications default/any.',
        'RBAC: admin may not sync applications default/any.',
        'RBAC: admin may create certificates any.example.',
      ],
      unproven: [],
    });
  });

  test.each<[string, Answer, boolean]>([
    ['argocd-server allows what the backup does not', NO, true],
    ['argocd-server denies what the backup allows', YES, false],
  ])('differ: %s', async (_what, answer, may) => {
    const odd = 'admin get logs shop/*';
    const { result } = await compare({
      backup: (question) => (question === odd ? answer : YES),
      server: (question) => (question === odd ? may : true),
    });
    expect(result.differences).toEqual([
      {
        kind: 'ConfigMap',
        namespace: 'argocd',
        name: 'argocd-rbac-cm',
        problem: 'different',
        path: 'can admin get logs shop/*',
      },
    ]);
  });

  test.each<[string, World]>([
    ['the program says nothing', { backup: (question) => (question === QUESTIONS[0] ? { code: 20 } : YES) }],
    [
      'argocd-server does not know the action',
      {
        server: (question) =>
          question === QUESTIONS[0] ? Promise.reject(new ArgoCdApiError('/can-i', 400, 'not known')) : true,
      },
    ],
  ])('are not compared where %s', async (_what, world) => {
    const { result } = await compare(world);
    expect(result).toMatchObject({ counted: '3 answers of RBAC', differences: [] });
    expect(result.notes.join()).not.toMatch(/logs/);
  });

  test('not one of them: unproven', async () => {
    const { result } = await compare({ backup: () => ({ code: 20 }) });
    expect(result).toMatchObject({
      counted: '0 answers of RBAC',
      unproven: [expect.stringMatching(/^RBAC: not one of \d+ questions/)],
    });
  });

  test.each<[string, Error]>([
    ['another refusal', new ArgoCdApiError('/can-i', 403, 'denied')],
    ['a break', new Error('gone')],
  ])('do not come about by %s', async (_what, error) => {
    await expect(compare({ server: () => Promise.reject(error) })).rejects.toBe(error);
  });
});

describe('who is asked about', () => {
  const accounts = configMap('argocd-cm', {
    'accounts.dev': 'login',
    'accounts.ci': 'apiKey',
    'accounts.gone': 'login',
    'accounts.gone.enabled': 'false',
    'accounts.tenant': 'login',
  });
  const project = object('AppProject', 'p', { spec: { roles: [{ groups: ['tenant'] }, { name: 'r' }] } });
  const noAdmin = configMap('argocd-cm', { 'admin.enabled': 'false', 'accounts.dev': 'login' });

  test.each<[string, World, string[]]>([
    ['admin alone', {}, ['admin']],
    [
      'accounts that may log in, and are in no project',
      { objects: [accounts, project, object('AppProject', 'default'), ARGOCD_SECRET] },
      ['admin', 'dev'],
    ],
    ['not admin, where it is disabled', { objects: [noAdmin] }, ['dev']],
    [
      'admin, where the drill enabled it',
      { objects: [noAdmin], adminEnabledByDrill: true },
      ['admin', 'dev'],
    ],
  ])('%s', async (_what, world, expected) => {
    const { asked } = await compare(world);
    expect([...new Set(asked.map((question) => question.split(' ')[0]))]).toEqual(expected);
  });

  test('no more than twelve questions, two at a time', async () => {
    const many = configMap(
      'argocd-cm',
      Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`accounts.u${index}`, 'login'])),
    );
    let [now, most] = [0, 0];
    const { asked, calls } = await compare({
      objects: [many],
      backup: async () => {
        most = Math.max(most, ++now);
        await new Promise(setImmediate);
        now--;
        return YES;
      },
    });
    expect([asked.length, calls.length, most]).toEqual([12, 12, 2]);
  });
});

test('the program reads the policy of the backup, from a file that only this user can read', async () => {
  const { calls } = await compare();
  const file = join(dir, 'argocd-rbac-cm.json');
  expect(calls[0]).toMatchObject({ command: '/tools/argocd' });
  expect(calls[0]!.args.join(' ')).toBe(
    `admin settings rbac can admin get logs shop/* --policy-file ${file} --strict=false --kubeconfig /private/kubeconfig --context drill`,
  );
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(POLICY);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('without argocd-rbac-cm the policy is empty', async () => {
  const { asked } = await compare({ objects: [] });
  expect(asked).toEqual(QUESTIONS.slice(1));
  expect(JSON.parse(readFileSync(join(dir, 'argocd-rbac-cm.json'), 'utf8'))).toEqual({ data: {} });
});
