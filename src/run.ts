import type { Deps, ModeResult } from './deps.js';
import type { Inputs } from './inputs.js';

/**
 * Runs a mode; its code is loaded only now, which keeps the start quick.
 * @throws whatever the mode throws; the session turns it into a report
 */
export async function run(inputs: Inputs, deps: Deps): Promise<ModeResult> {
  switch (inputs.mode) {
    case 'install':
      return (await import('./modes/install.js')).install(inputs, deps);
    case 'backup':
      return (await import('./modes/backup.js')).backup(inputs, deps);
    case 'restore-verify':
      return (await import('./modes/restore-verify.js')).restoreVerify(inputs, deps);
    case 'drill':
      return (await import('./modes/drill.js')).drill(inputs, deps);
    default:
      return inputs satisfies never;
  }
}
