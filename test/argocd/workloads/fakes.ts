import type { Clock } from '../../../src/argocd/workloads/clock.js';
import type { Kubectl } from '../../../src/argocd/workloads/kubectl.js';
import { ApiError, type Kube } from '../../../src/kube/api.js';
import type { KubeObject, Resource } from '../../../src/kube/objects.js';

/** A clock that goes on as soon as all that can be done is done, to whoever sleeps the shortest. */
export function fakeClock(onTick: (nowMs: number) => void = () => {}): Clock {
  let now = 0;
  const sleepers: { untilMs: number; wake: () => void }[] = [];
  const tick = () => {
    sleepers.sort((a, b) => a.untilMs - b.untilMs);
    const next = sleepers.shift()!;
    now = Math.max(now, next.untilMs);
    onTick(now);
    next.wake();
  };
  return {
    now: () => now,
    sleep: (ms) =>
      new Promise((wake) => {
        sleepers.push({ untilMs: now + ms, wake });
        setTimeout(tick);
      }),
  };
}

/** An API server that serves what `objects` holds at the moment it is asked. */
export function fakeKube(objects: () => readonly KubeObject[], call: Kube['call'] = async () => ({})): Kube {
  const of = ({ kind }: Resource) => objects().filter((object) => object.kind === kind);
  const find = async (resource: Resource, _namespace: string | undefined, name: string) =>
    of(resource).find(({ metadata }) => metadata.name === name);
  return {
    async *list(resource: Resource) {
      yield* of(resource);
    },
    find,
    async get(resource: Resource, namespace: string | undefined, name: string) {
      const found = await find(resource, namespace, name);
      if (!found) throw new ApiError(404, `${name} not found`);
      return found;
    },
    call,
  } as unknown as Kube;
}

/** kubectl that answers with a text, or not at all. */
export function fakeKubectl(answer: (args: readonly string[]) => string | undefined): Kubectl {
  return async (args) => {
    const stdout = answer(args);
    return { code: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: '' };
  };
}

/** A log that keeps its lines. */
export function keepingLog() {
  const lines: string[] = [];
  const progress: string[] = [];
  const keep = (line: string) => void lines.push(line);
  return {
    lines,
    progress,
    log: { info: keep, warn: keep, progress: (line: string) => void progress.push(line) },
  };
}
