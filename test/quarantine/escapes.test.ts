import { describe, expect, test } from '@jest/globals';
import type { Manifests } from '../../src/argocd/manifests.js';
import { EXIT } from '../../src/errors.js';
import type { KubeObject } from '../../src/kube/objects.js';
import { assertHeld } from '../../src/quarantine/escapes.js';
import { haManifest } from '../argocd/workloads/installed.js';

const object = (kind: string, spec: unknown, namespace?: string): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x', ...(namespace ? { namespace } : {}) },
  spec,
});
const made = (spec: object, kind = 'Deployment') => object(kind, { template: { spec } }, 'argocd');
const container = (securityContext: unknown) => ({ containers: [{ name: 'c', securityContext }] });
const manifests = (...objects: KubeObject[]): Manifests => ({ crds: [], objects });

describe('pods that no quarantine holds', () => {
  test.each<[string, KubeObject, string]>([
    ['on the network of the node', made({ hostNetwork: true }), 'Deployment argocd/x: hostNetwork'],
    ['that see its processes', made({ hostPID: true }, 'DaemonSet'), 'DaemonSet argocd/x: hostPID'],
    [
      'of a CronJob',
      object('CronJob', { jobTemplate: { spec: { template: { spec: { hostIPC: true } } } } }),
      'CronJob x: hostIPC',
    ],
    ['a bare one', object('Pod', { hostNetwork: true }, 'kube-system'), 'Pod kube-system/x: hostNetwork'],
    ['privileged', made(container({ privileged: true })), 'container c is privileged'],
    [
      'with a capability',
      made(container({ capabilities: { add: ['SYS_ADMIN'] } })),
      'container c has the capability SYS_ADMIN',
    ],
    [
      'whose init container is privileged',
      made({ initContainers: [{ name: 'i', securityContext: { privileged: true } }], containers: [] }),
      'container i is privileged',
    ],
    [
      'with files of the node',
      made({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }),
      'volume v of type hostPath',
    ],
    ['with files of another machine', made({ volumes: [{ name: 'v', nfs: {} }] }), 'volume v of type nfs'],
    ...(['livenessProbe', 'readinessProbe', 'startupProbe'] as const).flatMap((probe) =>
      (['containers', 'initContainers', 'ephemeralContainers'] as const).flatMap((field) =>
        [{ httpGet: { host: 'evil.example', port: 80 } }, { tcpSocket: { host: '10.0.0.1', port: 1 } }].map(
          (handler): [string, KubeObject, string] => [
            `whose ${field} are probed by the node elsewhere: ${probe} ${Object.keys(handler)}`,
            made({ containers: [], [field]: [{ name: 'c', [probe]: handler }] }),
            `container c has a ${probe} with a host, which the node itself asks`,
          ],
        ),
      ),
    ),
    ...(['postStart', 'preStop'] as const).map((hook): [string, KubeObject, string] => [
      `whose ${hook} is done by the node elsewhere`,
      object('CronJob', {
        jobTemplate: {
          spec: {
            template: {
              spec: { containers: [{ name: 'c', lifecycle: { [hook]: { httpGet: { host: '::1' } } } }] },
            },
          },
        },
      }),
      `container c has a ${hook} with a host`,
    ]),
    [
      'of a ReplicationController',
      made({ hostNetwork: true }, 'ReplicationController'),
      'ReplicationController argocd/x: hostNetwork',
    ],
    ['of any kind at all', made({ hostNetwork: true }, 'Rollout'), 'Rollout argocd/x: hostNetwork'],
    // The image alone would be laid over what is there.
    [
      'instead of kube-proxy',
      object('DaemonSet', {}, 'kube-system'),
      'DaemonSet kube-system/x: is in a namespace of',
    ],
    [
      'in the settings of kind’s provisioner',
      object('ConfigMap', undefined, 'local-path-storage'),
      'ConfigMap local-path-storage/x: is in a namespace of',
    ],
    ['by parameters of a StorageClass', object('StorageClass', undefined), 'StorageClass x: decides what'],
    ['of a revision', object('ControllerRevision', undefined), 'ControllerRevision x: holds pods'],
    ['a node', object('Node', {}), 'Node x: belongs to the cluster'],
    [
      'a volume that the node mounts',
      object('PersistentVolume', { nfs: {} }),
      'PersistentVolume x: mounted by the node itself',
    ],
  ])('%s', (_, wrong, what) => {
    const message = expect.stringMatching(/quarantine of a drill cannot hold.*leave them out/s);
    const refusal = expect.objectContaining({ exitCode: EXIT.invalidInput, message });
    expect(() => assertHeld(manifests(wrong), true)).toThrow(refusal);
    expect(() => assertHeld(manifests(wrong), true)).toThrow(what);
    // Where there are no nodes no pod starts.
    expect(() => assertHeld(manifests(wrong), false)).not.toThrow();
  });

  test('probes of the pod itself are held', () => {
    const held = { httpGet: { port: 80, path: '/', host: '' } };
    const hooks = { postStart: { tcpSocket: { port: 1 } }, preStop: { exec: { command: ['a'] } } };
    const containers = [
      { name: 'c', livenessProbe: held, readinessProbe: { grpc: { port: 1 } }, lifecycle: hooks },
    ];
    const roles = object('Role', undefined, 'kube-system');
    const words = ['constructor', 'toString'].map((kind) => object(kind, {}));
    expect(() => assertHeld(manifests(made({ containers }), roles, ...words), true)).not.toThrow();
  });

  test.each([
    null,
    'text',
    7,
    [],
    { template: null },
    { template: { spec: 'text' } },
    { template: { spec: { volumes: {}, containers: 'text', initContainers: [null, 1], hostNetwork: null } } },
    {
      template: { spec: { containers: [{ securityContext: { capabilities: { add: 7 } }, lifecycle: 'x' }] } },
    },
    { jobTemplate: null },
    { jobTemplate: { spec: { template: [] } } },
  ])('what is of another form is refused where pods run, and else left to the API server: %j', (spec) => {
    const refusal = expect.objectContaining({ exitCode: EXIT.invalidInput });
    for (const kind of ['Pod', 'Deployment', 'CronJob'])
      expect(() => assertHeld(manifests(object(kind, spec)), true)).toThrow(refusal);
    for (const kind of ['Pod', 'Deployment', 'CronJob'])
      expect(() => assertHeld(manifests(object(kind, spec)), false)).not.toThrow();
    expect(() => assertHeld(manifests(object('PersistentVolumeClaim', spec)), false)).not.toThrow();
  });

  test('a name that is a command to a runner is not told as it is', () => {
    const name = 'c\n::error::##[error]x';
    const wrong = made({
      containers: [{ name, securityContext: { privileged: true } }],
      volumes: [{ name, [name]: {} }],
    });
    try {
      assertHeld(manifests(wrong), true);
    } catch (error) {
      expect((error as Error).message).toContain('is privileged');
      expect((error as Error).message).not.toMatch(/\n|::|##/);
    }
    expect.assertions(2);
  });

  test("there are none in Argo CD's own manifests", () => {
    expect(() => assertHeld(manifests(...haManifest()), true)).not.toThrow();
  });

  test('all at once', () => {
    const wrong = [made({ hostNetwork: true }), made({ hostPID: true }, 'DaemonSet')];
    expect(() => assertHeld(manifests(...wrong), true)).toThrow(
      /Deployment argocd\/x: hostNetwork, DaemonSet argocd\/x: hostPID/,
    );
  });
});

describe('what the API server itself calls', () => {
  const conversion = { conversion: { strategy: 'Webhook' } };
  test.each<[string, Manifests]>([
    ['ValidatingWebhookConfiguration x', manifests(object('ValidatingWebhookConfiguration', undefined))],
    ['MutatingWebhookConfiguration x', manifests(object('MutatingWebhookConfiguration', undefined))],
    ['APIService x', manifests(object('APIService', {}))],
    ['MutatingAdmissionPolicy x', manifests(object('MutatingAdmissionPolicy', {}))],
    ['MutatingAdmissionPolicyBinding x', manifests(object('MutatingAdmissionPolicyBinding', {}))],
    ['ValidatingAdmissionPolicy x', manifests(object('ValidatingAdmissionPolicy', {}))],
    ['ValidatingAdmissionPolicyBinding x', manifests(object('ValidatingAdmissionPolicyBinding', {}))],
    ['CustomResourceDefinition x', { crds: [object('CustomResourceDefinition', conversion)], objects: [] }],
  ])('%s', (what, wrong) => {
    for (const runsPods of [true, false]) expect(() => assertHeld(wrong, runsPods)).toThrow(what);
  });
});
