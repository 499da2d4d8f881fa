import type { DemoObject, Setting } from './objects.js';

/** Namespaces of the demonstration that hold Applications besides Argo CD's own. */
export const TEAM_NAMESPACES = ['team-a', 'team-b', 'team-c-payments', 'team-c-growth'] as const;

const OTHERS: Record<string, { labels?: Record<string, string>; annotations?: Record<string, string> }> = {
  'team-a': { labels: { team: 'a', 'istio-injection': 'enabled' } },
  'team-b': {
    labels: { team: 'b', 'pod-security.kubernetes.io/enforce': 'restricted' },
    annotations: { 'corp.example/cost-center': '0042' },
  },
  'team-c-payments': { labels: { team: 'c', tier: 'pci' } },
  'team-c-growth': { labels: { team: 'c' } },
  // Allowed by the glob, but without an Application.
  'team-d-idle': { labels: { team: 'd' } },
  // Not Argo CD's.
  monitoring: {},
};

/** Whether a namespace of that name is one the demonstration makes besides Argo CD's own. */
export const isDemoNamespace = (name: string) => Object.hasOwn(OTHERS, name);

/** Argo CD's namespace, those of the teams, and two that a backup has no reason to keep. */
export function namespaces(setting: Setting): DemoObject[] {
  const own = { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } };
  return Object.entries({ [setting.namespace]: own, ...OTHERS }).map(([name, metadata]) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      ...metadata,
      name,
      // The API server adds this label itself.
      labels: { ...metadata.labels, 'kubernetes.io/metadata.name': name },
    },
  }));
}
