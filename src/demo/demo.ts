import { invalidInput } from '../errors.js';
import { application } from './applications.js';
import { applicationSets, generatedApplications } from './applicationsets.js';
import { clusters } from './clusters.js';
import { featured } from './featured.js';
import { fleetApplication } from './fleet.js';
import { isDemoNamespace, namespaces } from './namespaces.js';
import { notifications } from './notifications.js';
import { type DemoObject, type Setting, unshared } from './objects.js';
import type { ApplicationPlan } from './plan.js';
import { projects } from './projects.js';
import { repositories } from './repositories.js';
import { coreSecrets } from './secrets.js';
import { settings } from './settings.js';

export type { DemoObject, DemoOwner } from './objects.js';
export { kubernetesObject } from './objects.js';
export { demoSecretValues } from './secret-values.js';

/** Enough for every kind of Application that the demonstration knows. */
export const DEFAULT_APPLICATIONS = 60;

export interface DemoOptions {
  /** How many Applications in all; 60 if absent. */
  applications?: number;
  /** The same seed gives the same objects, byte for byte. */
  seed: string;
  /** Argo CD's own; `argocd` if absent. */
  namespace?: string;
}

/**
 * A realistic instance of Argo CD 3.1 as Kubernetes objects, in an order in which they can be created. All of it
 * is made up: hosts are reserved names, credentials are derived from the seed.
 *
 * Argo CD's manifests make some of these objects too (argocd-cm and its like): those are to be updated.
 * A status given here survives creation, but for an ApplicationSet's, which has to be written to its subresource.
 * @throws DrError where the number or the namespace cannot be
 */
export function demoObjects(options: DemoOptions): DemoObject[] {
  const { applications = DEFAULT_APPLICATIONS, seed, namespace = 'argocd' } = options;
  if (!Number.isSafeInteger(applications) || applications < 0)
    throw invalidInput(
      `applications: ${applications} is no number of Applications; give a whole number from 0 on`,
    );
  if (isDemoNamespace(namespace))
    throw invalidInput(
      `namespace: the demonstration needs ${namespace} for a team; give another one to Argo CD`,
    );
  const setting = { seed, namespace };
  return [
    ...namespaces(setting),
    ...settings(setting),
    ...notifications(setting),
    ...coreSecrets(setting),
    ...repositories(setting),
    ...clusters(setting),
    ...projects(setting),
    ...applicationSets(setting),
    ...plans(setting, applications).map((plan) => application(setting, plan)),
  ].map(unshared);
}

function plans(setting: Setting, count: number): ApplicationPlan[] {
  const special = [...featured(setting), ...generatedApplications(setting)].slice(0, count);
  const rest = Array.from({ length: count - special.length }, (_, i) => fleetApplication(setting, i));
  return [...special, ...rest];
}
