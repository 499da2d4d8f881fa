import { z } from 'zod';
import { shown } from '../../github/shown.js';
import { type KubeObject, label } from '../../kube/objects.js';
import { type Remark, remark } from './ha.js';
import { isReplicated, makesPods, podSpecOf } from './workload.js';

/**
 * The objects among written ones that can be looked into: of what makes pods, the fields that are read have the form
 * that Kubernetes takes. The others are told as problems.
 */
export function wellFormed(written: readonly KubeObject[]): { objects: KubeObject[]; problems: Remark[] } {
  const judged = written.map(withoutNulls).map((object) => ({ object, problems: problemsOf(object) }));
  return {
    objects: judged.filter(({ problems }) => problems.length === 0).map(({ object }) => object),
    problems: judged.flatMap(({ problems }) => problems),
  };
}

/** Empty keys, such as `env:` in manifests written by hand, are to Kubernetes as if they were not there. */
export function withoutNulls<T>(value: T): T {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNulls) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)])) as T;
}

const list = z.array(z.looseObject({})).optional();
const containers = z.array(
  z.looseObject({
    name: z.string(),
    image: z.string().optional(),
    command: z.array(z.string()).optional(),
    args: z.array(z.string()).optional(),
    env: list,
    envFrom: list,
  }),
);
const podSchema = z.looseObject({
  containers: containers.min(1),
  initContainers: containers.optional(),
  volumes: list,
  serviceAccountName: z.string().optional(),
});
const metadataSchema = z.looseObject({ labels: z.record(z.string(), z.string()).optional() }).optional();
const replicatedSchema = z.looseObject({
  replicas: z.int().nonnegative().optional(),
  template: z.looseObject({ metadata: metadataSchema, spec: podSchema }),
});

function problemsOf(object: KubeObject): Remark[] {
  if (!makesPods(object)) return [];
  const { kind, metadata, spec } = object;
  const issues = [
    ...issuesOf(metadataSchema, metadata, ['metadata']),
    ...(isReplicated(object)
      ? issuesOf(replicatedSchema, spec, ['spec'])
      : issuesOf(podSchema, spec && podSpecOf(object), ['spec'])),
  ];
  const who = label({ kind, name: metadata.name });
  return issues.map(({ path, message }) =>
    remark(
      `${who} is not as Kubernetes takes it, at ${shown(path.join('.'))}: ${message}`,
      object,
      ...path.map(String),
    ),
  );
}

function issuesOf(schema: z.ZodType, value: unknown, above: string[]) {
  const issues = schema.safeParse(value).error?.issues ?? [];
  return issues.map(({ path, message }) => ({ path: [...above, ...path], message }));
}
