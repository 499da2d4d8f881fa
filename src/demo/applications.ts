import { argoObject, type DemoObject, randomFor, type Setting } from './objects.js';
import { type ApplicationPlan, destinationOf, sourceFields } from './plan.js';
import { applicationStatus } from './status.js';

/** The Application of a plan; the same plan gives the same object for the same seed. */
export function application(setting: Setting, plan: ApplicationPlan): DemoObject {
  const namespace = plan.namespace ?? setting.namespace;
  const random = randomFor(setting, 'application', namespace, plan.name);
  const status = applicationStatus(plan, random, setting);
  const { labels, annotations, finalizers, operation, owner } = plan;
  const metadata = {
    name: plan.name,
    namespace,
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
    ...(finalizers ? { finalizers } : {}),
  };
  return {
    ...argoObject('Application', metadata, {
      project: plan.project ?? 'default',
      destination: destinationOf(plan),
      ...sourceFields(plan.sources),
      ...plan.spec,
    }),
    ...(status ? { status: { ...status, ...plan.status } } : {}),
    ...(operation ? { operation } : {}),
    ...(owner ? { owner } : {}),
  };
}
