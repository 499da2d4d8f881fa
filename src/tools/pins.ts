import pinsJson from './pins.json' with { type: 'json' };
import type { Platform } from './platform.js';
import type { ToolName } from './tools.js';

/**
 * SHA-256 digests known beforehand: of release files by tool, version and `<os>-<arch>` (each from two
 * independent public sources), and of Argo CD's manifests by version and file (from its Go module, which the
 * Go checksum database vouches for).
 */
export interface Pins {
  releases: { [tool in ToolName]?: Record<string, Record<string, string>> };
  manifests: Record<string, Record<string, string>>;
}

export const PINS: Pins = pinsJson;

export function pinnedRelease(pins: Pins, name: ToolName, version: string, { os, arch }: Platform) {
  return pins.releases[name]?.[version]?.[`${os}-${arch}`];
}

/** @param file `install.yaml` or `ha/install.yaml` */
export function pinnedManifest(pins: Pins, version: string, file: string): string | undefined {
  return pins.manifests[version]?.[file];
}
