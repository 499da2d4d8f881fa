/** GitHub's side, loaded in one go where it is needed: its client takes long to load. */
export { connectGitHub, type GitHubApi } from './api.js';
export { artifactName, reportName, seriesNamed } from './artifact-name.js';
export { actionsArtifacts, uploadBackup, uploadReport } from './artifacts.js';
export { actionsAttest, attestStatement, backupStatement, drillStatement } from './attest.js';
export { putComment } from './comment.js';
export { withSection } from './comment-sections.js';
export { pullRequestOf, runUrl } from './event.js';
export { fetchBackup } from './fetch.js';
export { findBackup } from './find.js';
export { type Repository, repositoryOf } from './repository.js';
export { whyNoBackups } from './workflow-state.js';
