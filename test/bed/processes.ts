import { execFileSync } from 'node:child_process';

/** The processes whose arguments name a folder. */
export function processesOf(folder: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(folder) && !line.includes('ps -eo'));
}

/** The process that does the work for one that was started, which only looks after it. */
export function workerOf(pid: number | undefined): number {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).split('\n');
  const found = lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .find(([, parent]) => parent === pid);
  if (found === undefined) throw new Error(`process ${pid} has no child`);
  return found[0]!;
}

/** Ends both at once, so that neither can clean up after the other. */
export function killBoth(pid: number | undefined): void {
  for (const each of [workerOf(pid), pid!]) process.kill(each, 'SIGSTOP');
  for (const each of [workerOf(pid), pid!]) process.kill(each, 'SIGKILL');
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
