import pMap from 'p-map';
import { creatableAtOnce, createOrApply } from '../argocd/manifests.js';
import type { Kube } from '../kube/api.js';
import { APPLICATION_SET, type KubeObject } from '../kube/objects.js';
import { type DemoObject, kubernetesObject } from './demo.js';

const CONCURRENCY = 32;
const CRD_NAMES = ['applications', 'applicationsets', 'appprojects'].map((plural) => `${plural}.argoproj.io`);

/** Fills a cluster that has Argo CD's CRDs with the demonstration's objects; owners before what they own. */
export async function createDemo(
  kube: Kube,
  objects: DemoObject[],
  onProgress: (done: number) => void,
): Promise<void> {
  const uids = new Map<string, string>();
  const isNamespace = ({ kind }: DemoObject) => kind === 'Namespace';
  const isCustom = ({ apiVersion }: DemoObject) => apiVersion === APPLICATION_SET.apiVersion;
  const stages = [
    objects.filter(isNamespace),
    objects.filter((object) => !isNamespace(object) && !isCustom(object)),
    objects.filter((object) => isCustom(object) && !object.owner),
    objects.filter(({ owner }) => owner !== undefined),
  ];
  let done = 0;
  for (const [index, stage] of stages.entries()) {
    if (index === 2) await creatableAtOnce(kube, CRD_NAMES);
    await pMap(
      stage,
      async (object) => {
        const owner = object.owner;
        const created = await createOne(
          kube,
          kubernetesObject(object, owner && uids.get(`${owner.namespace}/${owner.name}`)),
        );
        if (object.kind === APPLICATION_SET.kind)
          uids.set(`${created.metadata.namespace}/${created.metadata.name}`, created.metadata.uid!);
        onProgress(++done);
      },
      { concurrency: CONCURRENCY },
    );
  }
}

async function createOne(kube: Kube, object: KubeObject): Promise<KubeObject> {
  const resource = await kube.resourceFor(object);
  const created = await createOrApply(kube, resource, object);
  // An ApplicationSet's status is a subresource, which creating leaves out.
  if (object.kind === APPLICATION_SET.kind && object.status)
    await kube.mergePatch(
      resource,
      object.metadata.namespace,
      object.metadata.name,
      { status: object.status },
      'status',
    );
  return created;
}
