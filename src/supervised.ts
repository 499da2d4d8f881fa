import { EXIT } from './errors.js';

/** By which a run knows its supervisor. */
export const SUPERVISOR_VARIABLE = 'ARGOCD_DR_SUPERVISOR';
/** What is asked, and answered as long as the run is not stuck. */
export const PING = 'ping';

/** What a run tells its supervisor. */
export type FromRun = typeof PING | { timeoutMs: number } | { cluster: string };

/** Whether this process is the one that works; from now on it answers its supervisor, and ends where that has ended. */
export function isSupervised(env: NodeJS.ProcessEnv): boolean {
  const { [SUPERVISOR_VARIABLE]: pid } = env;
  delete env[SUPERVISOR_VARIABLE];
  if (pid === undefined || !process.channel) return false;
  const orphaned = () => process.exit(EXIT.cancelled);
  if (!process.connected || pid !== String(process.ppid)) orphaned();
  process.on('message', (message) => message === PING && tell(PING));
  process.on('disconnect', orphaned);
  process.channel.unref();
  return true;
}

/** Has the supervisor end the run should it be stuck when its time is up. */
export const tellTimeout = (timeoutMs: number): void => tell({ timeoutMs });

/** Has the supervisor remove a cluster should the run be killed. */
export const tellCluster = (cluster: string): void => tell({ cluster });

/** Where there is no supervisor any more, `disconnect` ends the run. */
function tell(message: FromRun): void {
  if (process.connected) process.send?.(message, () => {});
}
