/** GitHub's side, loaded in one go where it is needed: its client takes long to load. */
export { connectGitHub, type GitHubApi } from './api.js';
export { statusOf } from './api-errors.js';
export { artifactName, reportName, seriesNamed, seriesOf } from './artifact-name.js';
export { actionsArtifacts, uploadBackup, uploadReport } from './artifacts.js';
export { actionsAttest, attestStatement, backupStatement, drillStatement } from './attest.js';
export { putComment } from './comment.js';
export { sectionName, withSection } from './comment-sections.js';
export { ownWorkflow, pullRequestOf, runUrl } from './event.js';
export { fetchBackup, netOf } from './fetch.js';
export { findBackup } from './find.js';
export { headOf } from './pull-request.js';
export { type Repository, repositoryOf } from './repository.js';
export { whyNoBackups } from './workflow-state.js';
