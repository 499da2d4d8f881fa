import { randomUUID } from 'node:crypto';
import { appendFile, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DrError, EXIT, infraError, invalidInput } from '../errors.js';
import { makeFolders } from '../folders.js';
import { renderHtml } from './html.js';
import { renderJUnit } from './junit.js';
import { type Report, reportSchema } from './report.js';
import { renderSummary } from './summary.js';

/** The paths of the files that were written. */
export interface ReportFiles {
  json: string;
  html: string;
  junit: string;
}

/**
 * Writes report.json, report.html and junit.xml into a folder, which is made where it is missing.
 * Each file appears whole or not at all, readable by everybody: a report holds no secret.
 *
 * @param options.stepSummary the file that GitHub's `GITHUB_STEP_SUMMARY` names; the job summary is appended to it
 * @throws DrError where the report breaks its own schema, or a file cannot be written
 */
export async function writeReport(
  report: Report,
  dir: string,
  options: { stepSummary?: string | undefined } = {},
): Promise<ReportFiles> {
  const valid = validated(report);
  makeReportDir(dir);
  const files = {
    json: join(dir, 'report.json'),
    html: join(dir, 'report.html'),
    junit: join(dir, 'junit.xml'),
  };
  await writeWhole(files.json, `${JSON.stringify(valid, null, 2)}\n`);
  await writeWhole(files.html, renderHtml(valid));
  await writeWhole(files.junit, renderJUnit(valid));
  if (options.stepSummary) await appendSummary(options.stepSummary, valid);
  return files;
}

function makeReportDir(dir: string): void {
  try {
    makeFolders(dir);
  } catch (error) {
    throw invalidInput(
      `report-dir ${dir} cannot be created; name a folder that this user may write to`,
      error,
    );
  }
}

function validated(report: Report): Report {
  const { success, data, error } = reportSchema.safeParse(report);
  if (success) return data;
  const problems = z.prettifyError(error);
  throw new DrError(
    EXIT.unexpected,
    `the report breaks its own schema; this is an error in argocd-dr, please report it:\n${problems}`,
  );
}

async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeSynced(temporary, text);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw infraError(`${path} cannot be written; check free space and permissions of report-dir`, error);
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  await using file = await open(path, 'wx', 0o644);
  // The mode given to open() is narrowed by the umask.
  await file.chmod(0o644);
  await file.writeFile(text);
  await file.sync();
}

async function appendSummary(path: string, report: Report): Promise<void> {
  await appendFile(path, renderSummary(report)).catch((error: unknown) => {
    throw infraError(`the job summary cannot be appended to ${path}, which GITHUB_STEP_SUMMARY names`, error);
  });
}
