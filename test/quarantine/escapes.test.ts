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
    ['CustomResourceDefinition x', { crds: [object('CustomResourceDefinition', conversion)], objects: [] }],
  ])('%s', (what, wrong) => {
    for (const runsPods of [true, false]) expect(() => assertHeld(wrong, runsPods)).toThrow(what);
  });
});
