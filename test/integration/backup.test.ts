import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { specOf } from '../../src/argocd/workloads/workload.js';
import type { Manifest } from '../../src/bundle/manifest.js';
import { openBackup } from '../../src/bundle/open.js';
import type { ControlPlane } from '../../src/cluster/control-plane.js';
import { demoSecretValues } from '../../src/demo/demo.js';
import { APPLICATION, CONFIG_MAP, CRD, DEPLOYMENT, SECRET } from '../../src/kube/objects.js';
import { argocdWith } from '../bed/argocd-with.js';
import {
  bed,
  type Ended,
  leftovers,
  runMode,
  type Source,
  startArgoCd,
  startPlane,
  startSource,
  tempDir,
} from '../bed/bed.js';
import { kubeconfigOf, restrictedKubeconfig } from '../bed/users.js';

let source: Source;
let identity: string;
let recipient: string;

beforeAll(async () => {
  source = await startSource();
  identity = await generateIdentity();
  recipient = await identityToRecipient(identity);
}, 240_000);
afterAll(() => bed.close());

function backUp(values: Record<string, string> = {}, env?: NodeJS.ProcessEnv): Promise<Ended> {
  const given = {
    kubeconfig: source.plane.target.kubeconfig!,
    recipients: recipient,
    output: `${tempDir()}/`,
  };
  return runMode('backup', { ...given, ...values }, env ? { env } : {});
}

async function open(ended: Ended): Promise<Manifest> {
  const path = ended.outputs['backup-path']!;
  return (await openBackup({ path, identities: [identity], intoDir: tempDir() })).manifest;
}

/** What every refusal owes: its exit code, one sentence, no plaintext left, no backup written. */
function expectRefusal(ended: Ended, code: number, ...words: (string | RegExp)[]): void {
  expect(`${ended.code}: ${ended.report.message}`).toMatch(new RegExp(`^${code}: `));
  for (const word of words) expect(ended.report.message).toMatch(word);
  expect(ended.report.exitCode).toBe(code);
  expect(ended.report.message).not.toContain('\n');
  expect(ended.outputs['backup-path']).toBeUndefined();
  expect(leftovers()).toEqual([]);
}

describe('a backup of a live instance', () => {
  test('holds every object of the source and what export leaves out', async () => {
    const ended = await backUp();
    expect(ended.report.message).toMatch(/Backed up 60 Applications/);
    expect(ended.code).toBe(0);
    expect(ended.report.checks.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'backup.complete pass',
      'backup.guards pass',
      'backup.stored pass',
    ]);
    const manifest = await open(ended);
    expect(manifest.counts).toEqual(ended.report.backup!.counts);
    const kept = new Set(manifest.objects.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`));
    const wanted = source.objects.filter(
      ({ kind, metadata }) =>
        !/initial-admin|corp-root-ca|backup-bucket/.test(metadata.name) && kind !== 'Namespace',
    );
    const lost = wanted
      .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)
      .filter((key) => !kept.has(key));
    expect(lost).toEqual([]);
    for (const extra of [
      'ConfigMap argocd/argocd-cmd-params-cm',
      'ConfigMap argocd/argocd-notifications-cm',
      'Secret argocd/argocd-notifications-secret',
      'ConfigMap argocd/argocd-gpg-keys-cm',
      'Secret argocd/argocd-server-tls',
      'Namespace /team-a',
    ])
      expect([...kept]).toContain(extra);
    expect(manifest.ownerReferences.length).toBeGreaterThan(0);
  });

  test('is private, has a receipt without secrets, and leaves no plaintext and no secret in the log', async () => {
    const ended = await backUp();
    const { 'backup-path': path = '', receipt = '' } = ended.outputs;
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(leftovers()).toEqual([]);
    const said = `${ended.text}${JSON.stringify(ended.report)}${readFileSync(receipt, 'utf8')}${JSON.stringify(ended.outputs)}`;
    const values = demoSecretValues(source.objects).filter((value) => value.length >= 8);
    expect(values.length).toBeGreaterThan(50);
    expect(values.filter((value) => said.includes(value))).toEqual([]);
    expect(JSON.parse(readFileSync(receipt, 'utf8'))).toMatchObject({
      sha256: ended.report.backup!.sha256,
      counts: { Application: 60 },
    });
  });

  test('never replaces a file', async () => {
    const output = join(tempDir(), 'b.tar.gz.age');
    expect((await backUp({ output })).code).toBe(0);
    const before = readFileSync(output);
    expectRefusal(await backUp({ output }), 2, /exists already/);
    expect(readFileSync(output).equals(before)).toBe(true);
  });

  test('works for another namespace than argocd', async () => {
    const other = await startSource(20, 'cd-system');
    const ended = await backUp({ kubeconfig: other.plane.target.kubeconfig!, namespace: 'cd-system' });
    expect(ended.code).toBe(0);
    expect((await open(ended)).namespace).toBe('cd-system');
    await other.plane.stop();
  }, 120_000);

  test('notes what changed while the export ran, and stands', async () => {
    const kubeconfig = source.plane.target.kubeconfig!;
    const kubectl = `curl -sk -o /dev/null -X PATCH -H "Authorization: Bearer $(grep -o '"token": "[^"]*' ${kubeconfig} | cut -d'"' -f4)" -H 'content-type: application/merge-patch+json'`;
    const url = `${source.plane.kube.server}/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/guestbook`;
    // Changed after the listing has seen it, before and after the export reads it: both readings are stale.
    const touch = (n: string) => `${kubectl} -d '{"metadata":{"annotations":{"touched":"${n}"}}}' ${url}`;
    const env = await argocdWith(
      `if [ "$2" = export ]; then for i in 1 2 3; do ${touch("'$i'")}; sleep 0.1; done; "$ARGOCD" "$@"; code=$?; ${touch('last')}; exit $code; fi`,
    );
    const ended = await backUp({}, env);
    expect(ended.code).toBe(0);
    expect((await open(ended)).coverage.changedDuringExport).toContain('Application argocd/guestbook');
  });
});

describe('bad input is refused before anything is touched', () => {
  test.each([
    ['a kubeconfig that is not there', { kubeconfig: '/nowhere/kubeconfig' }, [/nowhere/, /exist/]],
    ['an unknown context', { context: 'prod' }, [/context prod is not in/, /it has: argocd-dr/]],
    ['a namespace that is not there', { namespace: 'nope' }, [/namespace nope does not exist/]],
    ['a namespace without Argo CD', { namespace: 'kube-system' }, [/no Argo CD in namespace kube-system/]],
    ['another source than expected', { 'expected-source': 'some-other-uid' }, [/not the expected source/]],
    ['a recipient that is no age key', { recipients: 'age1nonsense' }, [/recipients/]],
    ['no recipient', { recipients: '' }, [/recipients/]],
  ])('%s', async (_name, values, words) => {
    expectRefusal(await backUp(values as unknown as Record<string, string>), 2, ...words);
  });

  test('a kubeconfig that is none', async () => {
    const path = join(tempDir(), 'kubeconfig');
    writeFileSync(path, 'this: [is not\n');
    expectRefusal(await backUp({ kubeconfig: path }), 2, /kubeconfig/);
  });

  test('a server that does not answer', async () => {
    const kubeconfig = kubeconfigOf(tempDir(), { server: 'https://127.0.0.1:1', token: 'x' });
    expectRefusal(await backUp({ kubeconfig }), 4, /https:\/\/127\.0\.0\.1:1 does not answer/);
  });

  test('credentials that the server refuses', async () => {
    const kubeconfig = kubeconfigOf(tempDir(), { ...serverOf(source.plane), token: 'wrong' });
    expectRefusal(await backUp({ kubeconfig }), 4, /refuses the credentials/);
  });
});

const serverOf = ({ kube }: ControlPlane) => ({ server: kube.server, insecure: true });

describe('a source that cannot be backed up whole', () => {
  test('ApplicationSets forbidden: argocd would leave them out and exit 0', async () => {
    const kubeconfig = await restrictedKubeconfig(source.plane, tempDir(), { without: ['applicationsets'] });
    expectRefusal(
      await backUp({ kubeconfig }),
      4,
      /lacks permissions .*get, list on applicationsets \(apiGroup "argoproj\.io"\)/,
      /grant this account/,
    );
  });

  test('Secrets and Applications forbidden: both are named at once', async () => {
    const kubeconfig = await restrictedKubeconfig(source.plane, tempDir(), {
      without: ['secrets', 'applications'],
    });
    expectRefusal(
      await backUp({ kubeconfig }),
      4,
      /get, list on secrets \(apiGroup ""\) in namespace argocd/,
      /get, list on applications \(apiGroup "argoproj\.io"\) in the whole cluster/,
    );
  });

  test('an account that may read all of it is enough', async () => {
    const kubeconfig = await restrictedKubeconfig(source.plane, tempDir(), { without: [] });
    expect((await backUp({ kubeconfig })).report.message).toMatch(/Backed up 60/);
  });

  test('an account for one namespace is enough where Argo CD looks no further', async () => {
    const plane = await startArgoCd();
    const kubeconfig = await restrictedKubeconfig(plane, tempDir(), { without: [], namespace: 'argocd' });
    const ended = await backUp({ kubeconfig, 'min-applications': '0' });
    expect(ended.report.message).toMatch(/Backed up 0/);
    await plane.stop();
  }, 120_000);

  test('CRDs missing, settings missing, argocd-cmd-params-cm missing', async () => {
    const plane = await startArgoCd();
    const kubeconfig = plane.target.kubeconfig!;
    await plane.kube.delete(CONFIG_MAP, 'argocd', 'argocd-cmd-params-cm');
    const values = { kubeconfig, 'min-applications': '0' };
    expectRefusal(await backUp(values), 4, /argocd-cmd-params-cm is missing/, /application-namespaces/);
    const given = { ...values, 'application-namespaces': 'team-a', 'applicationset-namespaces': 'team-a' };
    expect((await backUp(given)).code).toBe(0);
    await plane.kube.delete(CRD, undefined, 'applicationsets.argoproj.io');
    await waitUntilGone(plane);
    expectRefusal(await backUp(given), 4, /CustomResourceDefinition of ApplicationSet is missing/);
    await plane.kube.delete(CONFIG_MAP, 'argocd', 'argocd-rbac-cm');
    expectRefusal(await backUp(given), 4, /ConfigMap argocd-rbac-cm is missing/);
    await plane.stop();
  }, 120_000);

  test('an empty source', async () => {
    const plane = await startArgoCd();
    expectRefusal(
      await backUp({ kubeconfig: plane.target.kubeconfig! }),
      3,
      /0 Applications/,
      /min-applications/,
    );
    await plane.stop();
  }, 120_000);
});

async function waitUntilGone(plane: ControlPlane): Promise<void> {
  for (;;) {
    const listed = await plane.kube
      .call('GET', '/apis/argoproj.io/v1alpha1/applicationsets')
      .catch(() => undefined);
    if (!listed) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('an export that is wrong, whatever its exit code', () => {
  const dropApplication = `if [ "$2" = export ]; then "$ARGOCD" "$@" | awk 'BEGIN{RS="---\\n"; ORS="---\\n"} !/kind: Application\\n/ || n++ {print}'; exit 0; fi`;

  test.each([
    ['an Application is missing', dropApplication, 3, [/lacks 1 objects/, /Application /]],
    ['nothing at all, exit code 0', 'if [ "$2" = export ]; then exit 0; fi', 3, [/lacks \d+ objects/]],
    [
      'cut off in the middle of a document',
      'if [ "$2" = export ]; then "$ARGOCD" "$@" | head -c 100003; exit 0; fi',
      3,
      [/lacks|does not match/],
    ],
    [
      'something that is not an export',
      'if [ "$2" = export ]; then echo "<html>"; exit 0; fi',
      4,
      [/not an export/],
    ],
    [
      'a value changed',
      `if [ "$2" = export ]; then "$ARGOCD" "$@" | sed 's/prune: true/prune: false/'; exit 0; fi`,
      3,
      [/does not match/],
    ],
    [
      'killed midway',
      'if [ "$2" = export ]; then "$ARGOCD" "$@" | head -c 50000; kill -9 $$; fi',
      4,
      [/exit code 137/],
    ],
    ['exit code 20', 'if [ "$2" = export ]; then echo boom >&2; exit 20; fi', 4, [/exit code 20: boom/]],
  ])(
    '%s',
    async (_name, script, code, words) => {
      expectRefusal(await backUp({}, await argocdWith(script)), code, ...words);
    },
    60_000,
  );

  test('a failure that passes is retried as a whole', async () => {
    const flag = join(tempDir(), 'failed-once');
    const env = await argocdWith(
      `if [ "$2" = export ] && [ ! -e ${flag} ]; then touch ${flag}; "$ARGOCD" "$@" | head -c 70000; exit 20; fi`,
    );
    const ended = await backUp({}, env);
    expect(ended.code).toBe(0);
    expect(ended.text).toMatch(/attempt 1 of 3 failed/);
    expect((await open(ended)).counts.Application).toBe(60);
  });

  test('the API server stops midway', async () => {
    const { plane } = await startSource(30);
    const env = await argocdWith(`if [ "$2" = export ]; then kill -9 ${plane.pids.join(' ')}; fi`);
    expectRefusal(
      await backUp({ kubeconfig: plane.target.kubeconfig! }, env),
      4,
      /does not answer|exit code 20/,
    );
  }, 120_000);
});

describe('guards', () => {
  test('too few Applications, and too great a loss since the last receipt', async () => {
    expectRefusal(
      await backUp({ 'min-applications': '61' }),
      3,
      /60 Applications, fewer than min-applications 61/,
    );
    const output = `${tempDir()}/`;
    const first = await backUp({ output });
    const receipt = first.outputs.receipt!;
    const edited = JSON.parse(readFileSync(receipt, 'utf8'));
    edited.counts.Application = 100;
    writeFileSync(receipt, JSON.stringify(edited));
    const ended = await backUp({ output, 'max-shrink-percent': '20%' });
    expectRefusal(ended, 3, /40 % fewer/, /max-shrink-percent/);
    expect(existsSync(first.outputs['backup-path']!)).toBe(true);
    expect((await backUp({ output, 'max-shrink-percent': '40' })).code).toBe(0);
  });
});

describe('a full disk', () => {
  test('is one clear sentence, and older backups stay', async () => {
    const mount = tempDir();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'tmpfs', mount]);
    try {
      const output = join(mount, 'backups');
      mkdirSync(output);
      writeFileSync(join(output, 'old.tar.gz.age'), 'an older backup');
      writeFileSync(join(mount, 'filler'), Buffer.alloc(60 * 1024));
      expectRefusal(await backUp({ output: `${output}/` }), 4, /disk|space/i, output);
      expect(readdirSync(output)).toEqual(['old.tar.gz.age']);
      expect(readFileSync(join(output, 'old.tar.gz.age'), 'utf8')).toBe('an older backup');
    } finally {
      execFileSync('umount', [mount]);
    }
  });
});

describe('encryption none', () => {
  test('writes a local file and warns', async () => {
    const ended = await backUp({ encryption: 'none', recipients: '' });
    expect(ended.outputs['backup-path']).toMatch(/\.tar\.gz$/);
    expect(ended.text).toMatch(/not encrypted/);
  });
});

test('what argocd does not manage is named, not silently left out', async () => {
  const plane = source.plane;
  await plane.kube.create(APPLICATION, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata: { name: 'stray', namespace: 'default' },
    spec: {
      project: 'default',
      destination: {},
      source: { repoURL: 'https://git.example.com/x', path: '.' },
    },
  });
  const ended = await backUp();
  expect(ended.text).toMatch(/Application default\/stray/);
  expect((await open(ended)).coverage.leftOut).toEqual([
    { object: 'Application default/stray', reason: expect.stringMatching(/not allowed/) },
  ]);
  await plane.kube.delete(APPLICATION, 'default', 'stray');
});

test('namespaces that only a workload is told of are looked into, and an object made by generateName is no loss', async () => {
  const { plane } = await startSource(20);
  await plane.kube.mergePatch(CONFIG_MAP, 'argocd', 'argocd-cmd-params-cm', { data: null });
  const server = await plane.kube.get(DEPLOYMENT, 'argocd', 'argocd-server');
  const { template } = specOf(server);
  const args = [...(template.spec.containers[0]!.args ?? []), '--application-namespaces=team-*'];
  const containers = template.spec.containers.map((container) => ({ ...container, args }));
  await plane.kube.mergePatch(DEPLOYMENT, 'argocd', 'argocd-server', {
    spec: { template: { spec: { containers } } },
  });
  await plane.kube.create(APPLICATION, {
    ...(await plane.kube.get(APPLICATION, 'argocd', 'guestbook')),
    metadata: { name: 'preview-x', generateName: 'preview-', namespace: 'team-a' },
  });
  const ended = await backUp({ kubeconfig: plane.target.kubeconfig! });
  expect(ended.report.message).toMatch(/^Backed up 21 Applications/);
  const { objects, applicationNamespaces } = await open(ended);
  expect(objects).toContainEqual(expect.objectContaining({ namespace: 'team-a', name: 'preview-x' }));
  expect(applicationNamespaces).toEqual(['team-*']);
  await plane.stop();
});

test('a secret that settings point to and is not there is named', async () => {
  const { kube } = source.plane;
  const settings = await kube.get(CONFIG_MAP, 'argocd', 'argocd-cm');
  await kube.mergePatch(CONFIG_MAP, 'argocd', 'argocd-cm', { data: { 'x.test': '$no-such-secret:key' } });
  const ended = await backUp();
  expect(ended.text).toMatch(/points to Secret argocd\/no-such-secret, which is not there/);
  await kube.mergePatch(CONFIG_MAP, 'argocd', 'argocd-cm', { data: { 'x.test': null } });
  expect(settings.metadata.name).toBe('argocd-cm');
  expect(await kube.find(SECRET, 'argocd', 'no-such-secret')).toBeUndefined();
});

test('a control plane without Argo CD at all', async () => {
  const plane = await startPlane();
  expectRefusal(await backUp({ kubeconfig: plane.target.kubeconfig! }), 2, /namespace argocd does not exist/);
  await plane.stop();
}, 60_000);
