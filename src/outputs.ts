/** The outputs of the action, as in action.yml. */
export const OUTPUTS = {
  verdict: '`PASS`, `PARTIAL`, `FAIL` or `INFRA_ERROR`; set in every case.',
  'exit-code': 'The exit code, see docs/exit-codes.md; set in every case.',
  report: 'Path of report.json.',
  'report-html': 'Path of report.html.',
  'backup-path': 'Path of the backup file that was made or restored.',
  receipt: "Path of the backup's receipt.",
  'artifact-id': 'ID of the uploaded artifact.',
  'artifact-digest': 'SHA-256 of the uploaded artifact.',
  'artifact-url': 'URL of the uploaded artifact.',
  'rpo-seconds': "RPO achieved: the backup's age in seconds when the drill started.",
  'rto-seconds': "RTO achieved: seconds from the drill's first step to its last check.",
  applications: 'Number of Applications backed up or restored.',
  kubeconfig: 'Path of the kubeconfig of the cluster that is left up.',
  'cluster-name': 'Name of the cluster that is left up.',
  'argocd-server': "Address of Argo CD's server.",
  'admin-password': "Argo CD's initial admin password; masked in the log.",
} as const;

export type OutputName = keyof typeof OUTPUTS;
export type OutputValues = Partial<Record<OutputName, string>>;

/** Outputs that are never printed. */
export const SECRET_OUTPUTS: ReadonlySet<OutputName> = new Set(['admin-password']);
