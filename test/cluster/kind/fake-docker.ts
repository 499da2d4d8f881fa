import type { Exec, ExecOptions, ExecResult } from '../../../src/exec.js';

export interface Call {
  command: string;
  args: string[];
  options: ExecOptions;
}

export type Answer = Partial<ExecResult> | undefined;

/** A program runner that answers from a function and keeps what it was asked. */
export function fakeExec(answer: (call: Call) => Answer | Promise<Answer>): { exec: Exec; calls: Call[] } {
  const calls: Call[] = [];
  const exec: Exec = async (command, args, options = {}) => {
    const call = { command, args: [...args], options };
    calls.push(call);
    return { code: 0, stdout: '', stderr: '', ...(await answer(call)) };
  };
  return { exec, calls };
}

/** What a missing program answers. */
export const missing = () =>
  Promise.reject(Object.assign(new Error('spawn docker ENOENT'), { code: 'ENOENT' }));

export interface FakeContainer {
  name: string;
  cluster: string;
  role: string;
  mounts: string[];
}

/** A Docker daemon with containers in it: lists, inspects and removes them. */
export class FakeDocker {
  containers: FakeContainer[] = [];
  info: object = { MemTotal: 16 * 2 ** 30, NCPU: 8, DockerRootDir: '/nowhere/docker' };
  tags: string[] = [];

  add(cluster: string, roles: readonly string[], mounts: string[] = ['/var']): void {
    for (const role of roles) {
      const count = this.containers.filter((each) => each.cluster === cluster && each.role === role).length;
      this.containers.push({ name: `${cluster}-${role}${count || ''}`, cluster, role, mounts });
    }
  }

  answer({ command, args }: Call): Answer {
    if (command !== 'docker') return undefined;
    if (args[0] === 'info') return { stdout: JSON.stringify(this.info) };
    if (args[0] === 'image') return { stdout: this.tags.map((tag) => `${tag}\n`).join('') };
    if (args[0] === 'ps')
      return {
        stdout: this.#matching(args)
          .map(({ name }) => `${name}\n`)
          .join(''),
      };
    if (args[0] === 'inspect') return { stdout: JSON.stringify(this.#named(args).map(inspected)) };
    if (args[0] === 'rm') {
      const gone = this.#named(args);
      this.containers = this.containers.filter((each) => !gone.includes(each));
    }
    return undefined;
  }

  #named(args: readonly string[]) {
    return this.containers.filter(({ name }) => args.includes(name));
  }

  #matching(args: readonly string[]) {
    const filters = args.filter((_, index) => args[index - 1] === '--filter');
    return this.containers.filter((each) => filters.every((filter) => matches(each, filter)));
  }
}

function matches({ name, cluster, role, mounts }: FakeContainer, filter: string): boolean {
  const [, key, value = ''] = /^(\w+)=(.*)$/.exec(filter) ?? [];
  if (key === 'volume') return mounts.includes(value);
  if (key === 'name') return new RegExp(value).test(`/${name}`);
  return [`io.x-k8s.kind.cluster=${cluster}`, `io.x-k8s.kind.role=${role}`].includes(value);
}

const inspected = ({ name, cluster, role, mounts }: FakeContainer, index: number) => ({
  Name: `/${name}`,
  Config: { Labels: { 'io.x-k8s.kind.cluster': cluster, 'io.x-k8s.kind.role': role } },
  NetworkSettings: { Networks: { kind: { IPAddress: `172.18.0.${index + 2}`, Gateway: '172.18.0.1' } } },
  Mounts: mounts.map((Destination) => ({ Destination })),
});
