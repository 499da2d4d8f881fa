/** Level `running`: the restored data serves from a running Argo CD. */
export { apiFinding } from './running/api.js';
export { loginFinding } from './running/login.js';
export { figuresAtWork, type MetricsOptions, metricsFinding } from './running/metrics.js';
export { prepareRunning, type Restored, type Running } from './running/prepare.js';
export { settingsFinding } from './running/settings.js';
export { tokenFinding } from './running/token.js';
