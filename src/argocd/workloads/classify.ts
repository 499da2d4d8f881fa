import type { KubeObject } from '../../kube/objects.js';
import { isController } from '../target.js';
import { isRedis, makesPods } from './workload.js';

/** An installation's objects, by when a drill may apply them. */
export interface Installation {
  /** What makes no pods, and redis with its haproxy: nothing in it reads what a backup holds. */
  base: KubeObject[];
  /** argocd-server, repo-server, dex, commit-server and whatever else makes pods. */
  servers: KubeObject[];
  /** Argo CD's controllers: they act on what was restored. */
  controllers: KubeObject[];
}

/** Splits an installation's objects; each is in exactly one part, in the order it came. */
export function classify(objects: readonly KubeObject[]): Installation {
  const parts: Installation = { base: [], servers: [], controllers: [] };
  for (const object of objects) parts[partOf(object)].push(object);
  return parts;
}

function partOf(object: KubeObject): keyof Installation {
  if (!makesPods(object)) return 'base';
  if (isController(object)) return 'controllers';
  return isRedis(object) ? 'base' : 'servers';
}
