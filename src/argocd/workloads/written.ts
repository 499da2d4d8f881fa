import type { KubeObject } from '../../kube/objects.js';
import { label } from '../../kube/objects.js';
import type { Manifests } from '../manifests.js';
import { versionOfImage } from '../version.js';
import { analyseHa, type HaFindings, type Remark, remark } from './ha.js';
import { isReplicated, makesPods, podSpecOf } from './workload.js';

/** The kinds of which Argo CD's own instances are made. */
const CRDS = ['applications.argoproj.io', 'applicationsets.argoproj.io', 'appprojects.argoproj.io'];
/** Argo CD does not start without them. */
const CONFIG_MAPS = ['argocd-cm', 'argocd-rbac-cm'];

/**
 * Judges an installation by its manifests alone, before there is a cluster: whether it is whole, of one version, names
 * what it has, and is highly available as far as manifests can tell.
 * @param ha whether high availability is asked for
 */
export function analyseManifests(manifests: Manifests, { ha }: { ha: boolean }): HaFindings {
  const { objects } = manifests;
  const parameters = objects.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === PARAMETERS,
  );
  const { problems, warnings, details } = analyseHa({
    workloads: objects.filter(isReplicated),
    pods: [],
    nodes: [],
    budgets: objects.filter(({ kind }) => kind === 'PodDisruptionBudget'),
    parameters: (parameters?.data ?? {}) as Record<string, string>,
  });
  const whole = [...missingObjects(manifests), ...mixedVersions(objects), ...danglingNames(objects)];
  return { problems: [...whole, ...(ha ? problems : [])], warnings: ha ? warnings : [], details };
}

const PARAMETERS = 'argocd-cmd-params-cm';

function missingObjects({ crds, objects }: Manifests): Remark[] {
  const there = new Set([...crds, ...objects].map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  const wanted = [
    ...CRDS.map((name) => `CustomResourceDefinition ${name}`),
    ...CONFIG_MAPS.map((name) => `ConfigMap ${name}`),
  ];
  return wanted.filter((name) => !there.has(name)).map((name) => ({ text: `there is no ${name}` }));
}

/** Argo CD's components talk to one another in the formats of their version. */
function mixedVersions(objects: readonly KubeObject[]): Remark[] {
  const versions = objects.filter(isReplicated).flatMap((workload) => {
    const images = podSpecOf(workload)?.containers.map(({ image }) => image) ?? [];
    const version = images.map((image) => versionOfImage(image ?? '')).find(Boolean);
    return version ? [{ workload, version }] : [];
  });
  const [first] = versions;
  return versions
    .filter(({ version }) => version !== first!.version)
    .map(({ workload, version }) =>
      remark(
        `${workload.metadata.name} is of Argo CD ${version} and ${first!.workload.metadata.name} of ${first!.version}: give all components one version`,
        workload,
        ...['spec', 'template', 'spec', 'containers'],
      ),
    );
}

/** ServiceAccounts and ConfigMaps that pods name and cannot start without. Secrets may be made in the cluster. */
function danglingNames(objects: readonly KubeObject[]): Remark[] {
  const there = new Set(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  return objects
    .filter(makesPods)
    .flatMap((workload) =>
      [...new Set(namesNeeded(workload))]
        .filter((name) => !there.has(name))
        .map((name) =>
          remark(
            `${label({ kind: workload.kind, name: workload.metadata.name })} needs ${name}, which is not in the manifests`,
            workload,
          ),
        ),
    );
}

function namesNeeded(workload: KubeObject): string[] {
  const spec = podSpecOf(workload);
  if (!spec) return [];
  const account = spec.serviceAccountName;
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const refs = [
    ...(spec.volumes ?? []).map(({ configMap }) => configMap),
    ...containers.flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.configMapKeyRef)),
    ...containers.flatMap(({ envFrom = [] }) => envFrom.map(({ configMapRef }) => configMapRef)),
  ];
  return [
    ...(account && account !== 'default' ? [`ServiceAccount ${account}`] : []),
    ...refs.flatMap((ref) => (ref?.name && ref.optional !== true ? [`ConfigMap ${ref.name}`] : [])),
  ];
}
