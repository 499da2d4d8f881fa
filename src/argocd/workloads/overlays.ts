import { invalidInput } from '../../errors.js';
import { type KubeObject, label } from '../../kube/objects.js';
import { keyOfObject } from '../listing.js';
import { isController } from '../target.js';
import { type Flag, mentionsFlag, withoutFlag } from './flags.js';
import {
  type Component,
  type Container,
  componentOf,
  isReplicated,
  makesPods,
  withContainers,
  withSpec,
} from './workload.js';

/** A setting of a controller, which its command line would win over. */
interface Setting {
  env: string;
  value: string;
  flag: Flag;
}

/**
 * Names as in cmd/argocd-application-controller and cmd/argocd-applicationset-controller of Argo CD 3.1.9 to 3.5.
 * With no processors the application-controller fills its caches and acts on nothing; its hydrator has a queue of
 * its own, which no number of processors stops.
 */
const NO_HYDRATION: Setting = {
  env: 'ARGOCD_HYDRATOR_ENABLED',
  value: 'false',
  flag: { name: 'hydrator-enabled', boolean: true },
};
const NO_PROCESSORS: Setting[] = [
  { env: 'ARGOCD_APPLICATION_CONTROLLER_STATUS_PROCESSORS', value: '0', flag: { name: 'status-processors' } },
  {
    env: 'ARGOCD_APPLICATION_CONTROLLER_OPERATION_PROCESSORS',
    value: '0',
    flag: { name: 'operation-processors' },
  },
];
const DRY_RUN: Setting = {
  env: 'ARGOCD_APPLICATIONSET_CONTROLLER_DRY_RUN',
  value: 'true',
  flag: { name: 'dry-run', boolean: true },
};

/**
 * Controllers that start and act on nothing: the application-controller without processors and without hydrator,
 * the applicationset-controller in dry-run. Other objects stay as they are.
 * @throws DrError (invalid input) where a command line would win over these settings and cannot be changed, or for a
 *   controller of another kind, such as a DaemonSet
 */
export function idle(objects: readonly KubeObject[]): KubeObject[] {
  return objects.map((object) =>
    configured(object, {
      'application-controller': [...NO_PROCESSORS, NO_HYDRATION],
      'applicationset-controller': [DRY_RUN],
    }),
  );
}

/**
 * Controllers at work: the application-controller with the processors that the manifests give it, still without
 * hydrator, which would write to Git; the applicationset-controller in dry-run.
 * @throws DrError (invalid input) where a command line would win over these settings and cannot be changed
 */
export function working(objects: readonly KubeObject[]): KubeObject[] {
  return objects.map((object) =>
    configured(object, {
      'application-controller': [NO_HYDRATION],
      'applicationset-controller': [DRY_RUN],
    }),
  );
}

/** What a name stands for, where no name server can be asked. */
export interface HostAddresses {
  host: string;
  addresses: readonly string[];
}

/** The repo-servers among objects, each told the addresses of hosts; the others are left out. */
export function withHostAliases(
  objects: readonly KubeObject[],
  hosts: readonly HostAddresses[],
): KubeObject[] {
  const hostAliases = hosts
    .filter(({ host, addresses }) => !addresses.includes(host))
    .flatMap(({ host, addresses }) => addresses.map((ip) => ({ ip, hostnames: [host] })));
  return objects
    .filter((object) => isReplicated(object) && componentOf(object) === 'repo-server')
    .map((object) =>
      withSpec(object, (spec) => {
        const { template } = spec;
        return { ...spec, template: { ...template, spec: { ...template.spec, hostAliases } } };
      }),
    );
}

function configured(object: KubeObject, settings: Partial<Record<Component, Setting[]>>): KubeObject {
  if (!isReplicated(object)) return refuseController(object);
  const own = settings[componentOf(object)];
  if (!own) return object;
  // A pod's other containers do not know these variables, and one may be the controller under another name.
  return withContainers(object, (container) =>
    own.reduce((each, setting) => withSetting(each, setting, object), container),
  );
}

/** A controller that the settings do not reach would act on what is restored. */
function refuseController(object: KubeObject): KubeObject {
  if (!makesPods(object) || !isController(object)) return object;
  throw invalidInput(
    `${nameOf(object)} in the manifests is a controller of Argo CD that a drill cannot keep idle: make it a Deployment or a StatefulSet`,
  );
}

function withSetting(container: Container, { env, value, flag }: Setting, object: KubeObject): Container {
  const bare = withoutFlag(container, flag);
  if (mentionsFlag(bare, flag))
    throw invalidInput(
      `${nameOf(object)}, container ${container.name}: its command line sets --${flag.name} within a longer text, which a drill cannot override; give the option as an argument of its own, or by ${env}`,
    );
  const others = (bare.env ?? []).filter(({ name }) => name !== env);
  return { ...bare, env: [...others, { name: env, value }] };
}

const nameOf = (object: KubeObject) => label(keyOfObject(object));
