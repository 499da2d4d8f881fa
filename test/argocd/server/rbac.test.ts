import { describe, expect, test } from '@jest/globals';
import { policyOf, type Question, questionsFor } from '../../../src/argocd/server/rbac.js';

describe('policyOf', () => {
  test.each<[string, Record<string, string>, string]>([
    ['nothing', {}, ''],
    ['only white space', { 'policy.csv': '\n  \n' }, ''],
    ['policy.csv', { 'policy.csv': 'p, a\n', 'policy.default': 'role:x', scopes: '[groups]' }, 'p, a'],
    [
      'policy.csv first, then the others in order',
      { 'policy.b.csv': 'b', 'policy.c.csv': 'c', 'policy.a.x.csv': 'a', 'policy.csv': 'first' },
      'first\na\nb\nc',
    ],
    ['overlays alone', { 'policy.tenants.csv': 'p, t' }, 'p, t'],
    ['names that are none', { 'policy.a': 'x', 'mypolicy.a.csv': 'x', 'policy.a.csv.bak': 'x' }, ''],
  ])('%s', (_what, data, expected) => expect(policyOf(data)).toBe(expected));
});

const about = ({ resource, action, object }: Question) => `${action} ${resource} ${object}`;
const BASE = [
  'get applications default/any',
  'sync applications default/any',
  'create certificates any.example',
];
const questions = (policy: string, { subjects = ['admin'], groups = new Set<string>(), limit = 100 } = {}) =>
  questionsFor(policy, subjects, groups, limit);

describe('questionsFor', () => {
  test('asks what is asked of everybody, of each account, whatever the policy', () => {
    const asked = questions('', { subjects: ['admin', 'ci'] });
    expect(asked.map((each) => `${each.subject}: ${about(each)}`)).toEqual(
      BASE.flatMap((each) => [`admin: ${each}`, `ci: ${each}`]),
    );
  });

  test.each<[string, string, string[]]>([
    ['a rule', 'p, role:a, clusters, get, https://x, allow', ['get clusters https://x']],
    [
      'quotes and comments',
      'p, "role:a", "logs", get, "team/*" , allow # why\n# p, a, b, c, d',
      ['get logs team/*'],
    ],
    ['the same twice', 'p, a, logs, get, x, allow\np, b, logs, get, x, deny', ['get logs x']],
    ['one that is asked anyway', 'p, a, applications, get, default/any, allow', []],
    ['all objects', 'p, a, applications, get, *, allow', []],
    ['all actions', 'p, a, applications, *, x/y, allow', []],
    ['all resources', 'p, a, *, get, x/y, allow', []],
    ['an action with a path', 'p, a, applications, action/apps/Deployment/restart, x/y, allow', []],
    ['a line that is too short', 'p, a, logs, get', []],
    ['a membership', 'g, somebody, role:admin', []],
  ])('about %s', (_what, policy, expected) => {
    expect(questions(policy).map(about)).toEqual([...expected, ...BASE]);
  });

  test('accounts in roles of a project are not asked, as projects have rules of their own', () => {
    const policy = 'g, ci, proj:shop:deploy\ng, admin, role:admin';
    const asked = questions(policy, { subjects: ['admin', 'ci', 'dev'], groups: new Set(['dev']) });
    expect(new Set(asked.map(({ subject }) => subject))).toEqual(new Set(['admin']));
  });

  test('a limit leaves no account out', () => {
    const asked = questions('p, a, logs, get, x, allow', { subjects: ['a', 'b', 'c'], limit: 4 });
    expect(asked.map(({ subject }) => subject)).toEqual(['a', 'b', 'c', 'a']);
    expect(asked.slice(0, 3).map(about)).toEqual(Array(3).fill('get logs x'));
  });
});
