import { FLEET_SET } from './applicationsets.js';
import { TEAM_NAMESPACES } from './namespaces.js';
import type { Fields, Setting } from './objects.js';
import { type ApplicationPlan, AUTOMATED, FOREGROUND_FINALIZER, type State } from './plan.js';
import { CHARTS, GIT } from './repositories.js';

const SERVICES = ['orders', 'catalog', 'search', 'billing', 'identity', 'media', 'pricing'] as const;
const STATES: readonly State[] = [
  'synced',
  'synced',
  'synced',
  'drifted',
  'synced',
  'degraded',
  'synced',
  'new',
];

/** One of the many everyday Applications that make up the rest; `index` counts them from 0. */
export function fleetApplication(setting: Setting, index: number): ApplicationPlan {
  const service = SERVICES[index % SERVICES.length]!;
  const plan: ApplicationPlan = {
    name: `${service}-${String(index).padStart(5, '0')}`,
    sources: sourcesOf(service, index),
    spec: { syncPolicy: AUTOMATED },
    labels: { 'app.kubernetes.io/part-of': service, generation: `0${index % 8}` },
    finalizers: [FOREGROUND_FINALIZER],
    state: STATES[index % STATES.length]!,
  };
  if (index % 8 === 2) return { ...plan, namespace: teamOf(index), project: 'tenants' };
  if (index % 8 !== 5) return plan;
  return { ...plan, owner: { kind: 'ApplicationSet', namespace: setting.namespace, name: FLEET_SET } };
}
const teamOf = (index: number) => TEAM_NAMESPACES[(index >> 3) % TEAM_NAMESPACES.length]!;

function sourcesOf(service: string, index: number): Fields[] {
  const git = { repoURL: `${GIT}/fleet.git`, path: `services/${service}`, targetRevision: 'HEAD' };
  switch (index % 4) {
    case 0:
      return [
        {
          repoURL: CHARTS,
          chart: service,
          targetRevision: '1.x',
          helm: { values: valuesOf(service, index) },
        },
      ];
    case 1:
      return [{ ...git, kustomize: { images: [`registry.corp.example/${service}:1.${index}.0`] } }];
    case 2:
      return [git];
    default:
      return [
        {
          repoURL: CHARTS,
          chart: service,
          targetRevision: '2.x',
          helm: { valueFiles: ['$values/prod.yaml'] },
        },
        { repoURL: `${GIT}/values.git`, targetRevision: 'main', ref: 'values' },
      ];
  }
}

const valuesOf = (service: string, index: number) =>
  `# ${service}\nreplicas: ${1 + (index % 5)}\nimage:\n  tag: "1.${index}"\nenv: {}  \n`;
