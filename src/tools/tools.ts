import type { ToolUse } from '../report/report.js';

export type ToolName = 'kind' | 'kubectl' | 'argocd' | 'etcd' | 'kube-apiserver' | 'helm';

/** A program on this machine that may be run: found, or fetched and checked. */
export interface Tool extends ToolUse {
  name: ToolName;
  /** Without a leading `v`. */
  version: string;
  path: string;
  source: 'path' | 'cache' | 'release' | 'go';
}

/** Gets programs and Argo CD's manifests, each by the first route that works. */
export interface Tools {
  /** @param version without a leading `v`, such as `3.1.9` */
  get(name: ToolName, version: string): Promise<Tool>;
  /** The path of Argo CD's own install manifest for a version: HA or not. */
  manifests(argocdVersion: string, options: { ha: boolean }): Promise<string>;
  /** All that was handed out so far, for the report. */
  used(): ToolUse[];
}
