import { z } from 'zod';

/** The version of report.json's format. */
export const REPORT_FORMAT_VERSION = 1;

export const LEVELS = ['integrity', 'restore', 'running', 'engine', 'render', 'custom'] as const;
export const VERDICTS = ['PASS', 'PARTIAL', 'FAIL', 'INFRA_ERROR'] as const;

const counts = z.record(z.string(), z.int().nonnegative()).describe('Number of objects per kind.');

const checkSchema = z.strictObject({
  id: z.string().describe('Stable name of the check, `<level>.<what>`.'),
  level: z.enum(LEVELS),
  status: z
    .enum(['pass', 'fail', 'skipped', 'error', 'timed-out'])
    .describe('Only `pass` means proven. `timed-out`: a command of the user did not end in its time.'),
  evidence: z.string().describe('Numbers and names that show the status.'),
  details: z.array(z.string()).optional().describe('Lines for who wants to look closer.'),
  doesNotProve: z.string().describe('What a reader must not conclude from it.'),
  durationMs: z.number().nonnegative(),
});

const differenceSchema = z.strictObject({
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  problem: z.enum(['missing', 'unexpected', 'different']),
  path: z.string().describe('Where the objects differ, as a path of fields; empty for a whole object.'),
});

const phaseSchema = z.strictObject({
  name: z.string(),
  startMs: z.number().nonnegative().describe('Milliseconds since `startedAt`.'),
  endMs: z.number().nonnegative().describe('Milliseconds since `startedAt`.'),
  parent: z.int().nonnegative().optional().describe('Index of the phase that it is a part of.'),
});

const toolSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  source: z.string().describe('Where it came from: path, cache, release or go.'),
  sha256: z.string(),
});

const backupSchema = z.strictObject({
  createdAt: z.string().describe('RFC 3339, UTC.'),
  sha256: z.string().describe('Of the sealed file.'),
  bytes: z.int().nonnegative().describe('Size of the sealed file.'),
  argocdVersion: z.string(),
  kubernetesVersion: z.string(),
  counts,
});

const drillSchema = z.strictObject({
  clusterProvider: z.enum(['kind', 'control-plane', 'existing']),
  argocdVersion: z.string(),
  kubernetesVersion: z.string(),
  counts: counts.optional(),
  clusterName: z.string().optional(),
  nodes: z.int().nonnegative().optional().describe('Number of nodes.'),
});

const workloadSchema = z.strictObject({
  kind: z.string().describe('Deployment or StatefulSet.'),
  name: z.string(),
  ready: z.int().nonnegative().describe('Replicas that are ready.'),
  wanted: z.int().nonnegative().describe('Replicas asked for.'),
  seconds: z.number().nonnegative().nullable().describe('Until all were ready; null if they never were.'),
  nodes: z.array(z.string()).describe('The node of each pod; a node with two pods stands there twice.'),
});

const metricSchema = z.strictObject({
  name: z.string(),
  value: z.number(),
  unit: z.string().describe('Such as s or 1/s; empty for a bare number.'),
  note: z.string(),
});

const changeSchema = z.strictObject({
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  path: z.string().describe('The field, as a path; empty for the whole object.'),
  what: z.enum(['added', 'removed', 'changed']),
  class: z.enum(['migration', 'loss']).describe("Argo CD's own doing, or something that is gone."),
});

/** report.json: written in every mode and on every failure; never holds a secret value. */
export const reportSchema = z.strictObject({
  formatVersion: z.literal(REPORT_FORMAT_VERSION),
  mode: z.enum(['install', 'backup', 'restore-verify', 'drill']),
  verdict: z.enum(VERDICTS),
  exitCode: z.int(),
  message: z.string().describe('The verdict in a sentence; on failure the first problem and the way out.'),
  startedAt: z.string().describe('RFC 3339, UTC.'),
  finishedAt: z.string().describe('RFC 3339, UTC.'),
  rpoSeconds: z.number().nonnegative().nullable().describe("The backup's age when the drill started."),
  rtoSeconds: z.number().nonnegative().nullable().describe("From the drill's first step to its last check."),
  level: z.enum(LEVELS).nullable().describe('The level that was asked for.'),
  backup: backupSchema.nullable(),
  drill: drillSchema.nullable(),
  tools: z.array(toolSchema),
  phases: z.array(phaseSchema),
  checks: z.array(checkSchema),
  differences: z.array(differenceSchema),
  warnings: z.array(z.string()).describe('What a reader should know though it decides nothing.'),
  workloads: z.array(workloadSchema).optional().describe('Argo CD as it ran in the drill.'),
  metrics: z.array(metricSchema).optional().describe("Argo CD's own key metrics in the drill."),
  changes: z.array(changeSchema).optional().describe('What a newer Argo CD made of the restored objects.'),
});

export type Report = z.infer<typeof reportSchema>;
export type Check = z.infer<typeof checkSchema>;
export type Difference = z.infer<typeof differenceSchema>;
export type Phase = z.infer<typeof phaseSchema>;
export type Workload = z.infer<typeof workloadSchema>;
export type Metric = z.infer<typeof metricSchema>;
export type Change = z.infer<typeof changeSchema>;
export type ToolUse = z.infer<typeof toolSchema>;
export type Level = (typeof LEVELS)[number];
export type Verdict = (typeof VERDICTS)[number];
export type Mode = Report['mode'];
