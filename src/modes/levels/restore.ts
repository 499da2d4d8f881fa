import { notInBackup, restore } from '../../argocd/restore.js';
import { includes } from '../../checks/catalog.js';
import { makeCheck } from '../../checks/check.js';
import {
  extrasFinding,
  importFinding,
  negativeControlFinding,
  nothingExtraFinding,
  objectsFinding,
  ownersFinding,
  readBack,
  reExportFinding,
} from '../../checks/restore.js';
import type { KubeObject } from '../../kube/objects.js';
import type { Change } from '../../report/report.js';
import { type Drill, restoreOptions } from './drill.js';

/**
 * Level `restore`: puts the backup into the fresh, quarantined cluster, and compares what arrived in every way there
 * is. Reading back and exporting again overlap.
 * @param beside what is installed while the import runs
 * @throws CutOff where the import was; it says nothing about the backup
 */
export async function restoreLevel(drill: Drill, beside: KubeObject[]): Promise<void> {
  const { recorder, scope } = drill.deps;
  const options = restoreOptions(drill);
  const imported = await recorder.phase('restore', () => restore(options, beside));
  await makeCheck(recorder, 'restore.import', () => importFinding(imported, options));
  const exportingAgain = recorder.phase('export again', () =>
    reExportFinding(options, scope.privateDir('re-export')),
  );
  exportingAgain.catch(() => {});
  const back = await recorder.phase('read back', () => readBack(options));
  noteCounts(drill, back.counts);
  if (back.changes) noteChanges(drill, back.changes);
  await recorder.phase('compare', async () => {
    await makeCheck(recorder, 'restore.objects', () => objectsFinding(options, back));
    await makeCheck(recorder, 'restore.nothing-extra', () => nothingExtraFinding(options, back));
    await makeCheck(recorder, 'restore.extras', () => extrasFinding(options, imported.kept));
    await makeCheck(recorder, 'restore.owners', () => ownersFinding(options, back));
    await makeCheck(recorder, 'restore.negative-control', () => negativeControlFinding(options, back));
  });
  await makeCheck(recorder, 'restore.re-export', () => exportingAgain);
}

function noteCounts({ deps: { recorder } }: Drill, counts: Record<string, number>): void {
  const { drill } = recorder.facts;
  if (drill) recorder.drill({ ...drill, counts });
}

type Unclassed = Omit<Change, 'class'>;

/** Tells the report what a newer Argo CD made of the restored objects. */
export function noteChanges(
  { deps: { recorder } }: Drill,
  { migrations, losses }: { migrations: Unclassed[]; losses: Unclassed[] },
): void {
  recorder.changes(losses.map((change) => ({ ...change, class: 'loss' as const })));
  recorder.changes(migrations.map((change) => ({ ...change, class: 'migration' as const })));
}

/** What of the installation goes into a cluster without pods, or without a level that needs them. */
export function installedBeside({ cluster, manifests, opened, index, plan }: Drill): KubeObject[] {
  // Into a cluster of others nothing is installed: its Argo CD would start.
  if (cluster.provider === 'existing') return [];
  if (cluster.provider === 'kind' || includes(plan.level, 'running')) return [];
  return notInBackup(manifests.objects, opened, index);
}
