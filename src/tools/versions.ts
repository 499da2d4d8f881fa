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

/**
 * How Go names a commit without a tag, which may be of anybody's fork; https://go.dev/ref/mod#pseudo-versions. A tag
 * cannot be read that way.
 */
const PSEUDO_VERSION = /[.-]\d{14}-[0-9A-Za-z]{12}$/;

/** Longer than any version that was ever released. */
const LONGEST_VERSION = 40;

/**
 * Refuses what is no version that could have been released, before anything is fetched by it.
 * @throws DrError (invalid input)
 */
export function assertRelease(version: string): void {
  if (version.length > LONGEST_VERSION || PSEUDO_VERSION.test(version))
    throw invalidInput(
      `"${version.slice(0, LONGEST_VERSION)}" is no release: give a version that has a tag, such as 3.1.9`,
    );
  parseVersion(version);
}
