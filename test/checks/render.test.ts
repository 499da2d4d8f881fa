import { describe, expect, test } from '@jest/globals';
import {
  aimAtDrill,
  classifyRenderFailure,
  destinationPatches,
  type RenderAnswer,
  type RenderOptions,
  renderFinding,
} from '../../src/checks/render.js';
import type { KubeObject } from '../../src/kube/objects.js';
import { silentLog } from '../../src/log.js';

const GIT = 'failed to list refs: Get "https://git.corp.example/x.git/info/refs?service=git-upload-pack":';
const HELM =
  'error fetching chart: failed to fetch chart: failed to get command args to log: `helm pull --destination /tmp/1 --version 1.0.0 --repo https://charts.corp.example x`';
const INDEX =
  'error loading repo index: error making HTTP request: Get "https://charts.corp.example/index.yaml":';
const OCI =
  'failed to resolve revision "1.0.0": cannot get digest for revision 1.0.0: Head "https://registry.corp.example/v2/x/y/manifests/1.0.0":';
const FETCH =
  'rpc error: code = Internal desc = Failed to fetch default: `git fetch origin --tags --force --prune` failed exit status 128: fatal:';
const TEMPLATE =
  'failed to execute helm template command: failed to get command args to log: `helm template . --name-template chart --namespace x --kube-version 1.34 <api versions removed> --include-crds` failed exit status 1: Error:';

/** As argocd-server 3.1.9 answered for such sources, and as git, ssh and helm word the rest. */
const UNREACHABLE = [
  'failed to get git client for repo https://git.corp.example/platform/values.git',
  `${GIT} dial tcp: lookup git.corp.example on 10.96.0.10:53: no such host`,
  `${GIT} dial tcp: lookup git.corp.example on 10.96.0.10:53: server misbehaving`,
  `${GIT} dial tcp 127.0.0.1:1: connect: connection refused`,
  `${GIT} dial tcp 192.0.2.1:443: connect: no route to host`,
  `${GIT} dial tcp 192.0.2.1:443: i/o timeout`,
  `${GIT} tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  `${GIT} context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
  `${GIT} EOF`,
  'failed to list refs: authentication required: no',
  'failed to list refs: authentication required: Repository not found.',
  'failed to list refs: authorization failed: no',
  'failed to list refs: repository not found',
  'failed to list refs: repository not found: no',
  'failed to list refs: unexpected client error: unexpected requesting "http://x/info/refs?service=git-upload-pack" status code: 503',
  'failed to list refs: error creating SSH agent: "SSH agent requested but SSH_AUTH_SOCK not-specified"',
  'failed to list refs: dial tcp 127.0.0.1:22: connect: connection refused',
  'failed to list refs: ssh: handshake failed: knownhosts: key is unknown',
  'failed to list refs: ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain',
  'Manifest generation error (cached): failed to list refs: repository not found',
  `${FETCH} unable to access 'https://git.corp.example/x.git/': Could not resolve host: git.corp.example`,
  `${FETCH} could not read Username for 'https://git.corp.example': terminal prompts disabled`,
  `${FETCH} Authentication failed for 'https://git.corp.example/x.git/'`,
  `${FETCH} unable to access 'https://git.corp.example/': SSL certificate problem: unable to get local issuer certificate`,
  'git@git.corp.example: Permission denied (publickey).',
  'Host key verification failed.',
  `${HELM} failed exit status 1: Error: looks like "https://charts.corp.example" is not a valid chart repository or cannot be reached: Get "https://charts.corp.example/index.yaml": dial tcp: lookup charts.corp.example on 10.96.0.10:53: no such host`,
  `${HELM} failed exit status 1: Error: looks like "https://charts.corp.example" is not a valid chart repository or cannot be reached: failed to fetch https://charts.corp.example/index.yaml : 401 Unauthorized`,
  `${HELM} failed timeout after 5s`,
  `${INDEX} dial tcp 127.0.0.1:1: connect: connection refused`,
  'error loading repo index: failed to get index: 404 Not Found',
  'error loading repo index: failed to get index: 403 Forbidden',
  'error building helm chart dependencies: failed to add helm repository https://charts.corp.example: failed to add repository: failed to get command args to log: `helm repo add a https://charts.corp.example` failed exit status 1: Error: looks like "https://charts.corp.example" is not a valid chart repository or cannot be reached: Get "https://charts.corp.example/index.yaml": dial tcp: lookup charts.corp.example on 10.96.0.10:53: no such host',
  `${OCI} dial tcp: lookup registry.corp.example on 10.96.0.10:53: no such host`,
  `${OCI} http: server gave HTTP response to HTTPS client`,
  'error pulling OCI chart: failed to pull OCI chart: `helm pull oci://x` failed exit status 1: Error: failed to perform "FetchReference" on source: GET "https://x/v2/": response status code 401: Unauthorized',
  'error logging into OCI registry: failed to login to registry: `helm registry login x` failed exit status 1: Error: denied',
  'rpc error: code = DeadlineExceeded desc = context deadline exceeded',
  'connection error: desc = "transport: Error while dialing: dial tcp 10.96.1.2:8081: connect: connection refused"',
  'cluster "https://10.9.9.9" not found',
  'cluster "https://kubernetes.default.svc" is disabled',
  'error getting server version: Get "https://192.0.2.1/version": context deadline exceeded',
  'failed to list refs: timeout exceeded',
  'error getting application cluster config: error validating destination: there are no clusters with this name: production',
  'no answer: timeout after 90s',
];

const OWN = [
  'nowhere: app path does not exist',
  '../..: app path outside root',
  "unable to resolve 'v9' to a commit SHA",
  `${TEMPLATE} execution error at (c/templates/x.yaml:1:3): no tls given: connection\n\nUse --debug flag to render out invalid YAML`,
  `${TEMPLATE} open <path to cached source>/chart/nope.yaml: no such file or directory`,
  'plugin sidecar failed. couldn\'t find cmp-server plugin with name "nope" supporting the given repository',
  'app is not allowed in project "ghost", or the project does not exist',
  "helm repos https://charts.corp.example are not permitted in project 'team-a'",
  "chart 'x' not found in index",
  'rpc error: code = FailedPrecondition desc = Failed to unmarshal "x.yaml": error converting YAML to JSON: yaml: line 3: mapping values are not allowed in this context',
  'source referenced "values", but no source has a \'ref\' field defined',
  'invalid revision: improper constraint: main',
  'applications.argoproj.io "absent" not found',
];

test.each(UNREACHABLE)('not to be had: %s', (reason) =>
  expect(classifyRenderFailure(reason)).toBe('unreachable'),
);
test.each(OWN)('its own failure: %s', (reason) => expect(classifyRenderFailure(reason)).toBe('own'));

const REFUSED = UNREACHABLE[2]!;
const BROKEN = OWN[0]!;

const application = (
  name: string,
  status: object = { sync: { status: 'Synced', revision: 'abc123' } },
): KubeObject => ({
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'Application',
  metadata: { name, ...(name === 'far' ? { namespace: 'team-a' } : {}) },
  spec: { project: 'platform', destination: { name: 'production' } },
  status,
});

type Answers = Record<string, RenderAnswer | string | (() => Promise<RenderAnswer>)>;

function render(answers: Answers, applications: KubeObject[], more: Partial<RenderOptions> = {}) {
  const asked: object[] = [];
  const finding = renderFinding({
    client: {
      manifests: async (target) => {
        asked.push(target);
        const answer = answers[target.name] ?? { ok: true, count: 2 };
        if (typeof answer === 'function') return answer();
        return typeof answer === 'string' ? { ok: false, reason: answer } : answer;
      },
    },
    applications,
    namespace: 'argocd',
    mode: 'reachable',
    redact: (text) => text.replaceAll('hunter2', '***'),
    log: silentLog,
    signal: new AbortController().signal,
    retryPauseMs: 1,
    ...more,
  });
  return { finding, asked };
}

const status = async (mode: 'reachable' | 'all', answers: Answers, applications: KubeObject[]) =>
  (await render(answers, applications, { mode }).finding).status;

describe('the finding', () => {
  const [a, b] = [application('a'), application('b')];

  test.each([
    ['all rendered', {}, 'pass', 'pass'],
    ['one source refuses', { a: REFUSED }, 'pass', 'skipped'],
    ['no source to be had', { a: REFUSED, b: REFUSED }, 'skipped', 'skipped'],
    ['one fails by itself', { a: BROKEN }, 'fail', 'fail'],
    ['one fails, the other refuses', { a: BROKEN, b: REFUSED }, 'fail', 'fail'],
  ] as const)('%s: reachable %s', async (_name, answers, reachable, all) => {
    expect(await status('reachable', answers, [a, b])).toBe(reachable);
    expect(await status('all', answers, [a, b])).toBe(all);
  });

  test.each([
    ['ComparisonError', { conditions: [{ type: 'ComparisonError' }], sync: { status: 'Synced' } }, 'pass'],
    ['InvalidSpecError', { conditions: [{ type: 'InvalidSpecError' }] }, 'pass'],
    ['Unknown', { sync: { status: 'Unknown' } }, 'pass'],
    [
      'only a warning',
      { conditions: [{ type: 'SharedResourceWarning' }], sync: { status: 'Synced' } },
      'fail',
    ],
    ['out of sync', { sync: { status: 'OutOfSync' } }, 'fail'],
    ['nothing', {}, 'fail'],
  ])('one that fails and whose recorded state is %s', async (_name, recorded, expected) => {
    expect(await status('all', { a: BROKEN }, [application('a', recorded), b])).toBe(expected);
  });

  test('where everything failed in the source as well, nothing is proven', async () => {
    expect(
      await status('reachable', { a: BROKEN }, [application('a', { sync: { status: 'Unknown' } })]),
    ).toBe('skipped');
  });

  test('without Applications there is nothing to render', async () => {
    expect(await status('all', {}, [])).toBe('pass');
  });
});

test('names each Application with its reason and recorded state, without secrets', async () => {
  const { finding, asked } = render({ a: `${BROKEN} hunter2`, b: REFUSED, empty: { ok: true, count: 0 } }, [
    application('a'),
    application('b', { sync: { status: 'OutOfSync', revisions: ['1', '2'] } }),
    application('empty'),
    application('far', {}),
  ]);
  expect(await finding).toEqual({
    status: 'fail',
    evidence:
      '2 of 4 Applications rendered to 2 objects, 1 with a source that could not be had, 1 failed; cannot be rendered: argocd/a.',
    differences: [],
    details: [
      `argocd/a failed: ${BROKEN} *** [recorded as Synced at abc123]`,
      `argocd/b unreachable: ${REFUSED} [recorded as OutOfSync at 1, 2]`,
      'argocd/empty rendered to no object [recorded as Synced at abc123]',
      'rendered, by their state in the backup: 1 Synced, 1 no state',
    ],
  });
  expect(asked).toContainEqual({ name: 'far', namespace: 'team-a', project: 'platform' });
});

test('asks again where argocd-server has the old destination', async () => {
  let asked = 0;
  const late = async (): Promise<RenderAnswer> =>
    ++asked === 1 ? { ok: false, reason: 'cluster "https://10.0.0.1" not found' } : { ok: true, count: 1 };
  expect(await status('all', { a: late }, [application('a')])).toBe('pass');
  expect(asked).toBe(2);
});

test('one without an answer is out of reach after its time', async () => {
  const never = () => new Promise<RenderAnswer>(() => {});
  const { finding } = render({ a: never }, [application('a'), application('b')], { timeoutMs: 30 });
  expect((await finding).details![0]).toContain('argocd/a unreachable: no answer: timeout after 0.03s');
});

test('a client that breaks, breaks the check', async () => {
  const broken = () => Promise.reject(new Error('argocd-server is gone'));
  await expect(render({ a: broken }, [application('a')]).finding).rejects.toThrow('argocd-server is gone');
});

test('at most four at a time', async () => {
  let [now, most] = [0, 0];
  const applications = Array.from({ length: 12 }, (_, index) => application(`app-${index}`));
  const slow = async (): Promise<RenderAnswer> => {
    most = Math.max(most, ++now);
    await new Promise(setImmediate);
    now--;
    return { ok: true, count: 1 };
  };
  await render(Object.fromEntries(applications.map(({ metadata }) => [metadata.name, slow])), applications)
    .finding;
  expect(most).toBe(4);
});

describe('destinations', () => {
  test.each([
    [
      { name: 'production', namespace: 'x' },
      { server: null, name: 'production' },
    ],
    [{ server: 'https://10.0.0.1' }, { server: 'https://10.0.0.1', name: null }],
    [undefined, { server: null, name: null }],
  ])('%p comes back as it was', (destination, back) => {
    const patches = destinationPatches({ ...application('a'), spec: { destination } });
    expect(patches).toEqual({
      to: { spec: { destination: { server: 'https://kubernetes.default.svc', name: null } } },
      back: { spec: { destination: back } },
    });
  });

  test('all are aimed, and all come back', async () => {
    const patched: unknown[][] = [];
    const kube = {
      mergePatch: async (...[, namespace, name, patch]: unknown[]) =>
        void patched.push([namespace, name, patch]),
    };
    const back = await aimAtDrill(kube, [application('a'), application('far')], 'argocd');
    const { to, back: patch } = destinationPatches(application('a'));
    expect(patched).toEqual([
      ['argocd', 'a', to],
      ['team-a', 'far', to],
    ]);
    await back();
    expect(patched.slice(2)).toEqual([
      ['argocd', 'a', patch],
      ['team-a', 'far', patch],
    ]);
  });
});
