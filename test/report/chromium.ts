import { accessSync, constants } from 'node:fs';

/** Keeps Chromium from calling home, so that every request a test sees is the page's own. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The path of the real Chromium: `CHROMIUM`, or Debian's. Missing is a failure, never a reason to skip. */
export function chromiumPath(env: NodeJS.ProcessEnv = process.env): string {
  const path = env.CHROMIUM || '/usr/bin/chromium';
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch (cause) {
    throw new Error(
      `${path} is no program that can be run. Install Chromium (apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu), or name it in CHROMIUM.`,
      { cause },
    );
  }
}
