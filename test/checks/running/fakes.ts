import type { ArgoCdClient } from '../../../src/argocd/server/client.js';
import type { Running } from '../../../src/checks/running/prepare.js';
import type { Exec } from '../../../src/exec.js';
import type { KubeObject } from '../../../src/kube/objects.js';
import { fakeKube } from '../../argocd/workloads/fakes.js';

/** An object in Argo CD's own namespace, unless another is given. */
export const object = (kind: string, name: string, more: Partial<KubeObject> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  ...more,
  metadata: { name, namespace: 'argocd', ...more.metadata },
});

export const configMap = (name: string, data: Record<string, string>) => object('ConfigMap', name, { data });

/** A Secret with these values; one of Argo CD's own if it has a type. */
export const secret = (name: string, values: Record<string, string>, type?: string) =>
  object('Secret', name, {
    metadata: { name, ...(type ? { labels: { 'argocd.argoproj.io/secret-type': type } } : {}) },
    data: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  });

export const KEY = 'the restored key';
export const ARGOCD_SECRET = secret('argocd-secret', { 'server.secretkey': KEY });

export interface World {
  /** In the backup. */
  objects?: KubeObject[];
  /** In the target, besides argocd-secret. */
  target?: KubeObject[];
  client?: Partial<ArgoCdClient>;
  exec?: Exec;
  signal?: AbortSignal;
  adminEnabledByDrill?: boolean;
}

/** A restored Argo CD of which only so much is there as a check looks at. */
export function runningWith(world: World = {}): Running {
  const { objects = [], target = [], client = {}, adminEnabledByDrill = false } = world;
  const kube = fakeKube(() => [ARGOCD_SECRET, ...target]);
  return {
    namespace: 'argocd',
    objects,
    token: 'admin-token',
    adminEnabledByDrill,
    client: client as ArgoCdClient,
    restored: {
      argocd: '/tools/argocd',
      exec: world.exec ?? (() => Promise.reject(new Error('no program is expected to run'))),
      signal: world.signal ?? new AbortController().signal,
      cluster: { kube, target: { kubeconfig: '/private/kubeconfig', context: 'drill' } },
    } as unknown as Running['restored'],
  };
}
