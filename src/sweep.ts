import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exec } from './exec.js';
import { some } from './log.js';
import { OWNER_VARIABLE, ownerOfFolder } from './owner.js';

const ATTEMPTS = 30;
const PAUSE_MS = 100;
const REMOVAL = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 };

/** Whether an owner, see owner.ts, is one that is meant. */
type Whose = (owner: string) => boolean;

/**
 * Takes away what a step that was killed left of its private folders: processes that work in them, then the files.
 * @param dir the folder of all of them; nothing else is touched
 * @returns lines that say what was there; empty where a step had cleaned up itself
 */
export async function sweep(dir: string, exec: Exec): Promise<string[]> {
  const owner = ownerOfFolder(basename(dir));
  const ended = await endProcesses([dir], (each) => each === owner, exec);
  const left = existsSync(dir) ? readdirSync(dir) : [];
  rmSync(dir, REMOVAL);
  return told(ended, left);
}

/**
 * Takes away what killed runs left: processes, then private folders. Nothing of another user's, and nothing that only
 * looks like a private folder: the machine's temporary folder is everybody's.
 * @param base where private folders are made
 */
export async function sweepOwned(base: string, whose: Whose, exec: Exec): Promise<string[]> {
  const left = privateFolders(base).filter((name) => whose(ownerOfFolder(name)!));
  const dirs = left.map((name) => join(base, name));
  const ended = await endProcesses(dirs, whose, exec);
  for (const dir of dirs) rmSync(dir, REMOVAL);
  return told(ended, left);
}

const told = (ended: readonly string[], left: readonly string[]): string[] => [
  ...(ended.length > 0 ? [`ended processes: ${some(ended, 20)}`] : []),
  ...(left.length > 0 ? [`removed private folders: ${some(left, 20)}`] : []),
];

function privateFolders(base: string): string[] {
  const names = existsSync(base) ? readdirSync(base) : [];
  return names.filter((name) => ownerOfFolder(name) !== undefined && isOurs(join(base, name)));
}

/** Whether it is a folder, not a link to one, that this user made and nobody else could change. */
function isOurs(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}

/** Ends every process that carries an owner's mark, or whose arguments name a folder: etcd, argocd, what they started. */
async function endProcesses(dirs: readonly string[], whose: Whose, exec: Exec): Promise<string[]> {
  const ended = new Map<number, string>();
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = (await processes(exec)).filter(
      ({ owner, args }) => (owner && whose(owner)) || dirs.some((dir) => isNamed(dir, args)),
    );
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
  args: string;
  /** Of its mark; none where the system does not show it. */
  owner?: string | undefined;
}

/**
 * All processes of this user but this one and the one that started it. Slim images have no `ps`, and macOS has no /proc.
 */
async function processes(exec: Exec): Promise<(Process & { name: string })[]> {
  const found = existsSync('/proc/self/cmdline') ? fromProc() : await fromPs(exec);
  return found
    .filter(({ pid }) => pid !== process.pid && pid !== process.ppid)
    .map((each) => ({ ...each, name: basename(each.args.split(' ', 1)[0]!) }));
}

function fromProc(): Process[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      if (lstatSync(`/proc/${pid}`).uid !== process.getuid?.()) return [];
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(pid), args, owner: ownerOfProcess(pid) }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

function ownerOfProcess(pid: string): string | undefined {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    return variables.find((each) => each.startsWith(`${OWNER_VARIABLE}=`))?.slice(OWNER_VARIABLE.length + 1);
  } catch {
    // Some processes of a user may not be looked into, such as those that have changed their rights.
    return undefined;
  }
}

async function fromPs(exec: Exec): Promise<Process[]> {
  const { stdout } = await exec('ps', ['-U', String(process.getuid?.()), '-ww', '-o', 'pid=,args=']);
  return [...stdout.matchAll(/^ *(\d+) (.*)$/gm)].map(([, pid, args]) => ({ pid: Number(pid), args: args! }));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile; one that may not be ended shows in the next listing.
  }
}
