import pMap from 'p-map';
import type { Kube } from '../kube/api.js';
import type { Difference } from '../report/report.js';
import { comparable } from './canonical.js';
import { differingPaths, keyOf } from './diff.js';
import { type IndexedObject, readInstanceObject, type YamlFiles } from './index.js';

/** An export on the disk, with the places of its objects. */
export interface ExportFile extends YamlFiles {
  objects: IndexedObject[];
  /** Argo CD's own namespace. */
  namespace: string;
}

const CONCURRENCY = 16;
/** Differences beyond this are not looked into. */
const LIMIT = 200;

/** Adds to each different object the paths at which the export and the cluster differ; never values. */
export async function explainDifferences(
  kube: Kube,
  file: ExportFile,
  differences: Difference[],
): Promise<Difference[]> {
  const { objects, namespace } = file;
  const places = new Map(objects.map((object) => [keyOf(object), object]));
  const explain = async (difference: Difference, position: number): Promise<Difference> => {
    const place = places.get(keyOf(difference));
    if (difference.problem !== 'different' || position >= LIMIT || !place) return difference;
    const exported = await readInstanceObject(file, place);
    const actual = await kube.find(await kube.resourceFor(exported), difference.namespace, difference.name);
    const paths = actual
      ? differingPaths(comparable(exported, namespace), comparable(actual, namespace))
      : [];
    return { ...difference, path: paths.join(', ') };
  };
  return pMap(differences, explain, { concurrency: CONCURRENCY });
}
