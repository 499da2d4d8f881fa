import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled, messageOf } from '../../errors.js';
import type { OpenForward } from './port-forward.js';
import { parseMetrics, type Sample } from './prometheus.js';
import type { Endpoint } from './services.js';

const ATTEMPTS = 3;
const TIMEOUT_MS = 20_000;
const PAUSE_MS = 1_000;

export type Scraped = { samples: Sample[] } | { problem: string };

/** Reads `/metrics` behind a Service or pod, by a forward of its own. */
export async function scrape(open: OpenForward, endpoint: Endpoint, signal: AbortSignal): Promise<Scraped> {
  let problem = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (signal.aborted) throw cancelled();
    try {
      return { samples: await scrapeOnce(open, endpoint, signal) };
    } catch (error) {
      if (signal.aborted) throw cancelled();
      problem = messageOf(error);
      if (attempt < ATTEMPTS) await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
    }
  }
  return { problem };
}

async function scrapeOnce(
  open: OpenForward,
  { target, port }: Endpoint,
  signal: AbortSignal,
): Promise<Sample[]> {
  const forward = await open(target, port);
  try {
    const response = await fetch(`http://127.0.0.1:${forward.port}/metrics`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    if (!response.ok) throw new Error(`it answers with ${response.status}`);
    const samples = parseMetrics(await response.text());
    if (samples.length === 0) throw new Error('it answers without a metric');
    return samples;
  } finally {
    await forward.close();
  }
}

/**
 * What the log of argocd-dex says where dex itself does not answer. Without `dex.config` or `url` in argocd-cm
 * argocd-dex starts no dex and waits (cmd/argocd-dex); with a connector whose provider is out of reach, dex ends.
 */
export function dexSays(log: string): 'not configured' | 'provider out of reach' | undefined {
  const since = log.lastIndexOf('restarting dex');
  const last = since < 0 ? log : log.slice(since);
  if (last.includes('dex is not configured')) return 'not configured';
  return /failed to (open|get|create) (connector|provider)/i.test(last) ? 'provider out of reach' : undefined;
}
