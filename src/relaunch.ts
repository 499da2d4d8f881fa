import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Runs this very command line under the Node.js that `npm ci` installs beside the bundle (see package.json), for
 * machines whose own is too old.
 * @returns the exit code; undefined where the project's dependencies are not installed
 */
export async function relaunch([, script = '', ...argv]: readonly string[]): Promise<number | undefined> {
  const ownNode = join(dirname(dirname(realpathSync(script))), 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(ownNode) || process.execPath === realpathSync(ownNode)) return undefined;
  // In a process group of its own: a terminal's Ctrl-C reaches it once, through here, and not twice.
  const child = spawn(ownNode, [script, ...argv], { stdio: 'inherit', detached: true });
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  return new Promise((resolve) => {
    child.once('error', () => resolve(undefined));
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 137)));
  });
}
