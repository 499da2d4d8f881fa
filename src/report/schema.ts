import { z } from 'zod';
import { reportSchema } from './report.js';

/** The JSON Schema (2020-12) of report.json; `docs/report.schema.json` is its committed copy. */
export function reportJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(reportSchema);
  return { $schema, title: 'argocd-dr report', ...schema };
}
