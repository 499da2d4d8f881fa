import { invalidInput } from '../errors.js';

/** The versions used where neither an input nor a backup tells. Without a leading `v`. */
export const DEFAULT_VERSIONS = {
  kubernetes: '1.34.4',
  etcd: '3.6.8',
  kind: '0.30.0',
  helm: '3.19.0',
  argocd: '3.1.9',
} as const;

export interface Version {
  major: number;
  minor: number;
}

/**
 * Takes a version such as `3.1.9` or `3.6.0-rc2` apart.
 * @throws DrError (invalid input) where it is anything else; versions become parts of paths and URLs.
 */
export function parseVersion(version: string): Version {
  const [, major, minor] = /^(\d+)\.(\d+)\.\d+(?:-[0-9A-Za-z.-]+)?$/.exec(version) ?? [];
  if (major === undefined || minor === undefined)
    throw invalidInput(`"${version}" is not a version; write it in full and without a "v", such as 3.1.9`);
  return { major: Number(major), minor: Number(minor) };
}
