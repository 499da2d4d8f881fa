import type { GitServer } from '../../../src/argocd/engine/git-server.js';
import { ApiError, type Kube } from '../../../src/kube/api.js';
import type { KubeObject, Metadata, Resource } from '../../../src/kube/objects.js';
import { mergePatched } from './merge-patch.js';

/** An object as far as a test needs it. */
interface Part {
  kind: string;
  metadata: Metadata;
  [field: string]: unknown;
}

/** A cluster in memory. Before each reading of the canary's Application, `controller` may act as Argo CD would. */
export class FakeCluster {
  readonly objects = new Map<string, KubeObject>();
  /** Verbs and names, in order: `delete Deployment guestbook-ui`. */
  readonly calls: string[] = [];
  controller: (cluster: FakeCluster) => void = () => {};
  #uid = 0;

  get kube(): Kube {
    return this as unknown as Kube;
  }

  put(object: Part): void {
    const metadata = {
      creationTimestamp: '2026-01-01T00:00:00Z',
      uid: `uid-${++this.#uid}`,
      ...object.metadata,
      resourceVersion: `${++this.#uid}`,
    };
    this.objects.set(keyOf(object.kind, object.metadata.name), { apiVersion: 'v1', ...object, metadata });
  }

  remove(kind: string, name: string): boolean {
    return this.objects.delete(keyOf(kind, name));
  }

  async find({ kind }: Resource, _namespace: string | undefined, name: string) {
    if (kind === 'Application') this.controller(this);
    return structuredClone(this.objects.get(keyOf(kind, name)));
  }

  async get(resource: Resource, namespace: string | undefined, name: string) {
    const found = await this.find(resource, namespace, name);
    if (!found) throw new ApiError(404, `${resource.kind} ${name} not found`);
    return found;
  }

  async *list({ kind }: Resource) {
    for (const object of [...this.objects.values()]) if (object.kind === kind) yield structuredClone(object);
  }

  async create({ kind }: Resource, object: KubeObject) {
    this.calls.push(`create ${kind} ${object.metadata.name}`);
    if (this.objects.has(keyOf(kind, object.metadata.name))) throw new ApiError(409, 'already exists');
    this.put(object);
    return object;
  }

  async mergePatch({ kind }: Resource, _namespace: string | undefined, name: string, patch: object) {
    this.calls.push(`patch ${kind} ${name}`);
    const before = this.objects.get(keyOf(kind, name));
    if (!before) throw new ApiError(404, `${kind} ${name} not found`);
    this.put(mergePatched(before, patch) as KubeObject);
  }

  async delete({ kind }: Resource, _namespace: string | undefined, name: string) {
    this.calls.push(`delete ${kind} ${name}`);
    if (!this.remove(kind, name)) throw new ApiError(404, `${kind} ${name} not found`);
  }
}

const keyOf = (kind: string, name: string) => `${kind}/${name}`;

/** A Git server without Git. */
export class FakeGit implements GitServer {
  readonly url = 'http://10.0.0.1:4321/0123456789abcdef/canary.git';
  readonly address = '10.0.0.1';
  readonly port = 4321;
  requests = 0;
  readonly commits: Readonly<Record<string, string>>[] = [];
  assertAnswers = async () => {};

  async commit(files: Readonly<Record<string, string>>) {
    this.commits.push(files);
    return this.head;
  }

  get head(): string {
    return `${this.commits.length}`.repeat(40);
  }
}
