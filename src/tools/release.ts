import { rename, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { infraError } from '../errors.js';
import { extractMember } from './archive.js';
import { download, downloadText, type Net } from './download.js';
import type { Platform } from './platform.js';
import { archiveOf } from './store.js';
import type { ToolName } from './tools.js';

/** Where the official releases are; tests put their own servers here. Without a trailing slash. */
export interface ReleaseBases {
  github: string;
  githubRaw: string;
  kubernetes: string;
  helm: string;
}

export const RELEASE_BASES: ReleaseBases = {
  github: 'https://github.com',
  githubRaw: 'https://raw.githubusercontent.com',
  kubernetes: 'https://dl.k8s.io',
  helm: 'https://get.helm.sh',
};

/** A file of an official release. */
export interface Asset {
  url: string;
  /** The release's own checksum file; without one, only a pinned file can be used. */
  checksums?: string;
  /** The wanted file inside, where the release is a tar.gz. */
  member?: string;
}

/**
 * Where a tool's official release is.
 * @throws Error where there is none for the platform
 */
export function releaseAsset(
  name: ToolName,
  version: string,
  { os, arch }: Platform,
  bases: ReleaseBases,
): Asset {
  const github = (repository: string) => `${bases.github}/${repository}/releases/download/v${version}`;
  if (os === 'darwin' && (name === 'etcd' || name === 'kube-apiserver'))
    throw new Error(`there is no release of ${name} for ${os} that can be used`);
  switch (name) {
    case 'kind': {
      const url = `${github('kubernetes-sigs/kind')}/kind-${os}-${arch}`;
      return { url, checksums: `${url}.sha256sum` };
    }
    case 'kubectl':
    case 'kube-apiserver': {
      const url = `${bases.kubernetes}/release/v${version}/bin/${os}/${arch}/${name}`;
      return { url, checksums: `${url}.sha256` };
    }
    case 'argocd': {
      const folder = github('argoproj/argo-cd');
      return { url: `${folder}/argocd-${os}-${arch}`, checksums: `${folder}/cli_checksums.txt` };
    }
    case 'etcd': {
      const [folder, stem] = [github('etcd-io/etcd'), `etcd-v${version}-${os}-${arch}`];
      return { url: `${folder}/${stem}.tar.gz`, checksums: `${folder}/SHA256SUMS`, member: `${stem}/etcd` };
    }
    case 'helm': {
      const url = `${bases.helm}/helm-v${version}-${os}-${arch}.tar.gz`;
      return { url, checksums: `${url}.sha256sum`, member: `${os}-${arch}/helm` };
    }
  }
}

/**
 * Argo CD's manifest in its repository, by tag.
 * @param file `install.yaml` or `ha/install.yaml`
 */
export function manifestAsset(version: string, file: string, bases: ReleaseBases): Asset {
  return { url: `${bases.githubRaw}/argoproj/argo-cd/v${version}/manifests/${file}` };
}

/** The digest of a file in a checksum file: lines as sha256sum writes them, or one bare digest. */
export function digestIn(checksums: string, file: string): string | undefined {
  const bare = /^\s*([0-9a-f]{64})\s*$/i.exec(checksums)?.[1];
  if (bare) return bare.toLowerCase();
  for (const line of checksums.split('\n')) {
    const [, digest, name] = /^([0-9a-f]{64})\s+\*?(\S+)\s*$/i.exec(line) ?? [];
    if (digest && name && basename(name) === file) return digest.toLowerCase();
  }
  return undefined;
}

/** Gets the file of a digest from elsewhere, else by `get`; tells whether from elsewhere. */
export type ByDigest = (sha256: string, to: string, get: () => Promise<void>) => Promise<boolean>;

/**
 * Gets a release's file, never unchecked.
 * @param pinned the digest known beforehand; else the release's checksum file decides
 * @param to the file to write; only a file that was checked ever stands there. The pinned archive that it is from is
 *   left beside it, see archiveOf()
 * @param kept where the release's own file may be had without downloading it; what it gives is checked there
 * @returns whether it was had there
 * @throws Error where the release cannot be had; DrError (infrastructure) where it does not match its digest
 *   twice
 */
export async function fromRelease(
  asset: Asset,
  pinned: string | undefined,
  to: string,
  net: Net,
  kept: ByDigest,
): Promise<boolean> {
  const file = `${to}.download`;
  const digest = pinned ?? (await publishedDigest(asset, net));
  const wasKept = await kept(digest, file, () => downloadChecked(asset, pinned, digest, file, net));
  if (asset.member) {
    await extractMember(file, asset.member, to);
    await (pinned ? rename(file, archiveOf(to)) : rm(file));
  } else await rename(file, to);
  return wasKept;
}

async function downloadChecked(
  asset: Asset,
  pinned: string | undefined,
  digest: string,
  to: string,
  net: Net,
): Promise<void> {
  for (let again = false; ; again = true) {
    // The release may have been replaced since its digest was read.
    const expected = again ? (pinned ?? (await publishedDigest(asset, net))) : digest;
    const actual = await download(asset.url, to, net);
    if (actual === expected) return;
    await rm(to);
    const by = pinned ? 'pinned' : `published in ${asset.checksums}`;
    const message = `${asset.url} has SHA-256 ${actual}, expected ${expected} (${by})`;
    if (again) {
      throw infraError(
        `${message}, twice; it was deleted. Find out what changes this file on its way, or get the tool by ` +
          'another route (tool-source: path or go)',
      );
    }
    net.log.warn(`${message}; deleted, downloading it once more`);
  }
}

async function publishedDigest({ url, checksums }: Asset, net: Net): Promise<string> {
  if (!checksums) throw new Error(`no SHA-256 is known for ${url}, and it is not used unchecked`);
  const digest = digestIn(await downloadText(checksums, net), basename(url));
  if (!digest) throw new Error(`${checksums} holds no SHA-256 of ${basename(url)}`);
  return digest;
}
