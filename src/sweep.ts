import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exec } from './exec.js';
import { some } from './log.js';

const ATTEMPTS = 30;
const PAUSE_MS = 100;

/**
 * Takes away what a step that was killed left of its private folders: processes that work in them, then the files.
 * @param dir the folder of all of them; nothing else is touched
 * @returns lines that say what was there; empty where a step had cleaned up itself
 */
export async function sweep(dir: string, exec: Exec): Promise<string[]> {
  const ended = await endProcesses(dir, exec);
  const left = existsSync(dir) ? readdirSync(dir) : [];
  rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  return [
    ...(ended.length > 0 ? [`ended processes: ${some(ended, 20)}`] : []),
    ...(left.length > 0 ? [`removed private folders: ${some(left, 20)}`] : []),
  ];
}

/** Ends every process whose arguments name the folder: etcd, kube-apiserver, argocd, kubectl. */
async function endProcesses(dir: string, exec: Exec): Promise<string[]> {
  const ended = new Map<number, string>();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = (await processes(exec)).filter(({ args }) => isNamed(dir, args));
    if (found.length === 0) break;
    for (const { pid, name } of found) {
      ended.set(pid, `${name} (${pid})`);
      kill(pid);
    }
    await sleep(PAUSE_MS);
  }
  return [...ended.values()];
}

/** Not where the folder's name is only the beginning of another's. */
const isNamed = (dir: string, args: string): boolean =>
  args
    .split(dir)
    .slice(1)
    .some((rest) => !/^[\w.-]/.test(rest));

interface Process {
  pid: number;
  name: string;
  args: string;
}

/** All processes but this one and the one that started it. Slim images have no `ps`, and macOS has no /proc. */
async function processes(exec: Exec): Promise<Process[]> {
  const lines = existsSync('/proc/self/cmdline') ? fromProc() : await fromPs(exec);
  return lines
    .filter(([pid]) => pid !== process.pid && pid !== process.ppid)
    .map(([pid, args]) => ({ pid, args, name: basename(args.split(' ', 1)[0]!) }));
}

function fromProc(): [number, string][] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      return [[Number(pid), readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')]];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

async function fromPs(exec: Exec): Promise<[number, string][]> {
  const { stdout } = await exec('ps', ['-A', '-ww', '-o', 'pid=,args=']);
  return [...stdout.matchAll(/^ *(\d+) (.*)$/gm)].map(([, pid, args]) => [Number(pid), args!]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile; one that may not be ended shows in the next listing.
  }
}
