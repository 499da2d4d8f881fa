import { createHash } from 'node:crypto';
import { digestOf } from '../argocd/canonical.js';
import { type DigestIndex, keyOf, type ObjectKey } from '../argocd/diff.js';
import type { IndexedObject } from '../argocd/index.js';
import { type KubeObject, label } from '../kube/objects.js';
import type { Difference } from '../report/report.js';

/** One known damage, and what a comparison must say of it. */
export interface Mutation {
  what: string;
  expected: Difference[];
}

export interface Seeded {
  /** The digests with all damages done. */
  actual: DigestIndex;
  mutations: Mutation[];
}

type Damage = (
  key: ObjectKey,
  digests: Map<string, string>,
  edit: () => Promise<string>,
) => Promise<Mutation>;

const drop: Damage = async (key, digests) => {
  digests.delete(keyOf(key));
  return { what: `dropped ${label(key)}`, expected: [difference(key, 'missing')] };
};

const edit: Damage = async (key, digests, editedDigest) => {
  digests.set(keyOf(key), await editedDigest());
  return { what: `edited one character of ${label(key)}`, expected: [difference(key, 'different')] };
};

const rename: Damage = async (key, digests) => {
  // With a slash it is a name that no object can have, so that none is overwritten.
  const renamed = { ...key, name: `${key.name}/renamed` };
  digests.set(keyOf(renamed), digests.get(keyOf(key))!);
  digests.delete(keyOf(key));
  return {
    what: `renamed ${label(key)}`,
    expected: [difference(key, 'missing'), difference(renamed, 'unexpected')],
  };
};

const DAMAGES: readonly Damage[] = [edit, drop, rename];

/**
 * Damages a copy of a set of digests: of each kind one object is edited, one dropped and one renamed, as far as the
 * kind has that many. Which ones, the seed decides.
 * @param restored the objects that may be damaged; all are in `actual`
 * @param read reads an object's content, to edit it
 */
export async function seedMutations(
  restored: IndexedObject[],
  actual: DigestIndex,
  read: (object: IndexedObject) => Promise<KubeObject>,
  argocdNamespace: string,
  seed: string,
): Promise<Seeded> {
  const digests = new Map(actual);
  const mutations: Mutation[] = [];
  for (const kind of [...new Set(restored.map((object) => object.kind))]) {
    const shuffled = shuffle(
      restored.filter((object) => object.kind === kind),
      seed,
    );
    for (const [index, damage] of DAMAGES.entries()) {
      const object = shuffled[index];
      if (!object) break;
      const key = { kind: object.kind, namespace: object.namespace, name: object.name };
      mutations.push(
        await damage(key, digests, async () =>
          digestOf(editOneCharacter(await read(object), seed), argocdNamespace),
        ),
      );
    }
  }
  return { actual: digests, mutations };
}

function difference(key: ObjectKey, problem: Difference['problem']): Difference {
  return { ...key, problem, path: '' };
}

/** An order that the seed decides. */
function shuffle(objects: IndexedObject[], seed: string): IndexedObject[] {
  const rank = (object: IndexedObject) =>
    createHash('sha256').update(seed).update(keyOf(object)).digest('hex');
  return objects
    .map((object) => ({ object, rank: rank(object) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ object }) => object);
}

/** A copy with one character of one string in data, spec or labels changed; the seed chooses the string. */
export function editOneCharacter(object: KubeObject, seed: string): KubeObject {
  const copy = structuredClone(object);
  const strings: { holder: Record<string, unknown>; key: string }[] = [];
  collectStrings(copy.data ?? copy.spec, strings);
  if (strings.length === 0) {
    const edited = copy.metadata.labels?.edited === 'x' ? 'y' : 'x';
    copy.metadata.labels = { ...copy.metadata.labels, edited };
    return copy;
  }
  const { holder, key } = strings[Number.parseInt(seed.slice(0, 8), 16) % strings.length]!;
  const text = holder[key] as string;
  const at = Math.floor(text.length / 2);
  holder[key] = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${text.slice(at + 1)}`;
  return copy;
}

function collectStrings(value: unknown, into: { holder: Record<string, unknown>; key: string }[]): void {
  if (typeof value !== 'object' || value === null) return;
  const holder = value as Record<string, unknown>;
  for (const [key, item] of Object.entries(holder)) {
    if (typeof item === 'string') into.push({ holder, key });
    else collectStrings(item, into);
  }
}
