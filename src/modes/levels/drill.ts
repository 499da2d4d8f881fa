import type { Manifests } from '../../argocd/manifests.js';
import type { RestoreOptions } from '../../argocd/restore.js';
import { classify, type Installation } from '../../argocd/workloads/classify.js';
import { fastStart } from '../../argocd/workloads/fast-start.js';
import type { Kubectl } from '../../argocd/workloads/kubectl.js';
import type { OpenedBackup } from '../../bundle/open.js';
import type { BackupIndex } from '../../checks/integrity.js';
import type { Cluster, ClusterProviderName, KindCluster } from '../../cluster/cluster.js';
import type { Deps } from '../../deps.js';
import type { DrillInputs } from '../../inputs.js';
import type { KubeObject } from '../../kube/objects.js';
import type { Quarantine } from '../../quarantine/quarantine.js';
import type { Level } from '../../report/report.js';

/** What a drill needs of the inputs. */
export type DrillPlan = Omit<DrillInputs, 'mode' | 'applications' | 'seed'>;

/** The same once `auto` is settled. */
export type SettledPlan = Omit<DrillPlan, 'level' | 'cluster'> & {
  level: Level;
  cluster: ClusterProviderName;
};

/** Deps whose work can be stopped from within. */
export interface Stoppable extends Deps {
  stop(reason: unknown): void;
}

/** What a drill knows before it has a cluster. */
export interface Prepared {
  plan: SettledPlan;
  deps: Stoppable;
  opened: OpenedBackup;
  index: BackupIndex;
  /** Of the target: the backup's, or a newer one. */
  argocdVersion: string;
  /** Path of the argocd program. */
  argocd: string;
  /** Of the target, in Argo CD's own namespace. */
  manifests: Manifests;
  /** Whether the target's Argo CD is another than the backup's. */
  rehearsal: boolean;
  /** Of the backup: hidden in whatever is quoted of pods and programs. */
  secretValues: readonly string[];
}

/** A drill with a cluster to restore into. */
export interface Drill extends Prepared {
  cluster: Cluster;
}

/** A drill whose cluster runs pods, quarantined. */
export interface KindDrill extends Drill {
  cluster: KindCluster;
  quarantine: Quarantine;
  installation: StagedInstallation;
  kubectl: Kubectl;
  kubectlPath: string;
}

/** An installation by when a drill applies its parts, and what was changed in it to start quickly. */
export interface StagedInstallation extends Installation {
  /** A line for each workload; empty where nothing was changed. */
  overlay: string[];
  /** Of Argo CD itself. */
  image: string;
}

/** Splits an installation for a drill; `fast-start` is on there unless it is switched off. */
export function stageInstallation(
  objects: readonly KubeObject[],
  image: string,
  fast: boolean,
): StagedInstallation {
  const { objects: staged, overlay } = fast ? fastStart(objects) : { objects: [...objects], overlay: [] };
  return { ...classify(staged), overlay, image };
}

/** What restoring and reading back work with. */
export function restoreOptions({ deps, plan, ...drill }: Drill): RestoreOptions {
  const { exec, log, signal, recorder } = deps;
  return {
    ...drill,
    exec,
    log,
    signal,
    importConcurrency: plan.importConcurrency,
    phase: (name, run) => recorder.phase(name, run),
  };
}
