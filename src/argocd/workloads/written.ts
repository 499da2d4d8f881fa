import { type KubeObject, label } from '../../kube/objects.js';
import type { Manifests } from '../manifests.js';
import { compareVersions, ownWorkloads, versionOfImage } from '../version.js';
import { wellFormed } from './form.js';
import { analyseHa, type HaFindings, type Remark, remark } from './ha.js';
import { missingObjects, type Need } from './needs.js';
import { componentOf, isReplicated, podSpecOf, replicasOf, withSpec } from './workload.js';

/** What manifests are judged by. */
export interface Asked {
  /** Whether high availability is asked for. */
  ha: boolean;
  /** Argo CD's own, and that of objects that name none. */
  namespace: string;
  /** Whether the cluster has an object already; nothing is there where it is left out. */
  isThere?: (need: Need) => boolean;
}

/**
 * Judges an installation by its manifests alone, before there is a cluster: whether it is Argo CD's, whole, of one
 * version, names what it has, and is highly available as far as manifests can tell. What is certain is a problem.
 */
export function analyseManifests(manifests: Manifests, asked: Asked): HaFindings {
  const { ha, namespace, isThere = () => false } = asked;
  const { objects, problems: malformed } = wellFormed(manifests.objects);
  if (malformed.length > 0) return { problems: malformed, warnings: [], details: [] };
  const own = ownWorkloads(objects);
  if (own.length === 0) return { problems: [nothingOfArgoCd(manifests)], warnings: [], details: [] };
  const home = own[0]!.metadata.namespace ?? namespace;
  const missing = missingObjects(manifests, home, isThere);
  const available = availability(objects, home);
  return {
    problems: [
      ...namespaceProblems(own[0]!, namespace),
      ...missing.problems,
      ...unseenSettings(objects),
      ...mixedVersions(objects),
      ...(ha ? available.problems : []),
    ],
    warnings: [...missing.warnings, ...(ha ? available.warnings : [])],
    details: available.details,
  };
}

function nothingOfArgoCd({ crds, objects }: Manifests): Remark {
  const count = crds.length + objects.length;
  return {
    text: `none of the ${count} objects is a workload of Argo CD: give the manifests of the whole installation`,
  };
}

function namespaceProblems(workload: KubeObject, wanted: string): Remark[] {
  const { kind, metadata } = workload;
  const { name, namespace = wanted } = metadata;
  if (namespace === wanted) return [];
  const text = `${label({ kind, name })} goes into namespace ${namespace}, and Argo CD is looked for in ${wanted}: give namespace ${namespace}`;
  return [remark(text, workload, 'metadata', 'namespace')];
}

const PART_OF = 'app.kubernetes.io/part-of';

/** Argo CD finds its settings by this label (partOfArgoCDSelector in its util/settings/settings.go). */
function unseenSettings(objects: readonly KubeObject[]): Remark[] {
  return objects
    .filter(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'argocd-cm')
    .filter(({ metadata }) => metadata.labels?.[PART_OF] !== 'argocd')
    .map((settings) =>
      remark(
        `ConfigMap argocd-cm lacks the label ${PART_OF}: argocd, without which Argo CD does not see it`,
        settings,
        ...['metadata', 'labels'],
      ),
    );
}

/**
 * Argo CD's components talk to one another in the formats of their version. Only their own containers count, as
 * plugins beside them may use the image of another; tags of images of one's own may go on behind the version.
 */
function mixedVersions(objects: readonly KubeObject[]): Remark[] {
  const told = objects.filter(isReplicated).flatMap((workload) => {
    const component = componentOf(workload);
    const names: string[] = [component, `argocd-${component}`];
    const own = podSpecOf(workload)?.containers.find(({ name }) => names.includes(name));
    const version = versionOfImage(own?.image ?? '');
    return version ? [{ workload, version }] : [];
  });
  const common = mostCommon(told.map(({ version }) => version.split('-')[0]!));
  return told
    .filter(({ version }) => compareVersions(version, common!) !== 0)
    .map(({ workload, version }) =>
      remark(
        `${label({ kind: workload.kind, name: workload.metadata.name })} is of Argo CD ${version}, and others are of ${common}: give all components one version`,
        workload,
        ...['spec', 'template', 'spec', 'containers'],
      ),
    );
}

function mostCommon(values: readonly string[]): string | undefined {
  const count = (value: string) => values.filter((each) => each === value).length;
  return values.toSorted((a, b) => count(b) - count(a))[0];
}

const PARAMETERS = 'argocd-cmd-params-cm';

/** Of Argo CD itself: for what stands beside it nobody has asked. */
function availability(objects: readonly KubeObject[], namespace: string): HaFindings {
  const here = objects.filter(({ metadata }) => (metadata.namespace ?? namespace) === namespace);
  const parameters = here.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === PARAMETERS);
  return analyseHa({
    workloads: here
      .filter((object) => isReplicated(object) && componentOf(object) !== 'other')
      .map((workload) => scaled(workload, here)),
    pods: [],
    nodes: [],
    budgets: here.filter(({ kind }) => kind === 'PodDisruptionBudget'),
    parameters: (parameters?.data ?? {}) as Record<string, string>,
  });
}

interface AutoscalerSpec {
  minReplicas?: number;
  scaleTargetRef?: { kind?: string; name?: string };
}

/** With the replicas that an autoscaler keeps up at least, as in the chart's "HA mode with autoscaling". */
function scaled(workload: KubeObject, objects: readonly KubeObject[]): KubeObject {
  const least = objects
    .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
    .map(({ spec }) => (spec ?? {}) as AutoscalerSpec)
    .find(
      ({ scaleTargetRef: target }) =>
        target?.kind === workload.kind && target.name === workload.metadata.name,
    )?.minReplicas;
  if (least === undefined || least <= replicasOf(workload)) return workload;
  return withSpec(workload, (spec) => ({ ...spec, replicas: least }));
}
