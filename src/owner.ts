import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** The variable by which what a run starts, and what that starts in turn, is known to be the run's. */
export const OWNER_VARIABLE = 'ARGOCD_DR_OWNER';

/** Whose a private folder or a child process is: process id, its start, the boot, and the machine or container. */
const OWNER = String.raw`\d+-\d+-[\da-f]{8}-[\da-f]{8}`;
const FOLDER = new RegExp(`^argocd-dr-[a-z-]+-(${OWNER})-[A-Za-z0-9]{6}$`);

/** The beginning of a private folder's name, for mkdtemp; a name is there from the first moment, unlike a file. */
export const folderPrefix = (purpose: string): string => `argocd-dr-${purpose}-${ownerOf(process.pid)}-`;

/** The owner that a private folder's name tells; undefined for other names. */
export const ownerOfFolder = (name: string): string | undefined => FOLDER.exec(name)?.[1];

/** What a process is known by, even once its number is given to another. */
export const ownerOf = (pid: number): string => `${pid}-${startOf(pid) ?? '0'}-${boot()}-${machine()}`;

/** Whether an owner is known to have ended; not where it may live in another container, which only that can tell. */
export function hasEnded(owner: string): boolean {
  const [pid, start, itsBoot, itsMachine] = owner.split('-');
  if (itsMachine !== machine()) return false;
  return itsBoot !== boot() || !isAlive(Number(pid), start!);
}

function isAlive(pid: number, start: string): boolean {
  if (existsSync('/proc/self/stat')) return startOf(pid) === start;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, in ticks since the boot (proc_pid_stat(5)); undefined where it has ended, or there is no /proc. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is a name in parentheses, in which anything may stand.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : rest[18];
  } catch {
    return undefined;
  }
}

const boot = once(() => shortHash(read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))));
/** Process ids mean something within their namespace only. */
const machine = once(() => shortHash(`${hostname()} ${read(() => readlinkSync('/proc/self/ns/pid'))}`));

const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 8);

function read(from: () => string): string {
  try {
    return from();
  } catch {
    return '';
  }
}

function once(make: () => string): () => string {
  let made: string | undefined;
  return () => (made ??= make());
}
