import { tmpdir } from 'node:os';
import { messageOf } from './errors.js';
import { exec } from './exec.js';
import { forgetSecrets, type Given, type Inputs, parseInputs, reportDirOf } from './inputs.js';
import { hasEnded } from './owner.js';
import type { Mode } from './report/report.js';
import { run } from './run.js';
import { type Parts, refuse, type Surroundings, session } from './session.js';
import { tellTimeout } from './supervised.js';
import { sweepOwned } from './sweep.js';

const parts: Parts = {
  run,
  exec,
  evidence: async (...given) => (await import('./evidence.js')).handOver(...given),
  async tools(inputs, { exec, log, scope, signal, env }) {
    const { createTools } = await import('./tools/chain.js');
    const { cacheBetweenRuns } = await import('./tools/actions-cache.js');
    const betweenRuns = cacheBetweenRuns({ enabled: 'cache' in inputs && inputs.cache, log, signal, env });
    // First to be deferred and so last to close: what is saved goes on while clusters are torn down.
    scope.defer(() => betweenRuns.flush());
    return createTools({ source: inputs.toolSource, exec, log, signal, env, betweenRuns });
  },
};

/**
 * Parses the inputs and runs their mode, to the exit code; what is wrong with them becomes a report as well.
 * @param onParsed called with valid inputs before the mode starts
 */
export async function execute(
  given: Given<Mode>,
  around: Surroundings,
  onParsed: (inputs: Inputs) => void = () => {},
): Promise<number> {
  const parsed = await parseInputs(given, around.env).catch((error: unknown) => ({ error }));
  forgetSecrets(around.env);
  if ('error' in parsed) return refuse(given.mode, reportDirOf(given), parsed.error, around);
  tellTimeout(parsed.timeout);
  onParsed(parsed);
  await sweepKilled(around);
  return session(parsed, around, parts);
}

/** Takes away what earlier runs left that were killed. */
async function sweepKilled({ env, log }: Surroundings): Promise<void> {
  try {
    const lines = await sweepOwned(env.RUNNER_TEMP || tmpdir(), hasEnded, exec);
    if (lines.length > 0) log.info(`a run that was killed had left something: ${lines.join('; ')}`);
  } catch (error) {
    log.warn(`what a killed run left may still be there: ${messageOf(error)}`);
  }
}
