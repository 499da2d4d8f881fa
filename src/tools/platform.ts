import { infraError } from '../errors.js';

/** A platform in the words of Go and of the releases. */
export interface Platform {
  os: 'linux' | 'darwin';
  arch: 'amd64' | 'arm64';
}

const ARCHITECTURES: Partial<Record<string, Platform['arch']>> = { x64: 'amd64', arm64: 'arm64' };

/**
 * The platform of this process.
 * @throws DrError (infrastructure) on a platform for which the tools cannot be had.
 */
export function assertPlatform(os: string = process.platform, arch: string = process.arch): Platform {
  const goArch = ARCHITECTURES[arch];
  if ((os === 'linux' || os === 'darwin') && goArch) return { os, arch: goArch };
  throw infraError(
    `${os} on ${arch} is not supported: run on Linux (x64, arm64), on macOS, or in a Linux container or WSL`,
  );
}
