/** The inputs: the only place that reads them. Text in, one typed value by mode out. */
export { type Command, parseCommandLine, wrongMode } from './inputs/command-line.js';
export { help } from './inputs/help.js';
export { foreignInputs, forgetSecrets, type Given, parseInputs, reportDirOf } from './inputs/parse.js';
export {
  ACTION_MODES,
  allInputs,
  type BackupInputs,
  type DrillInputs,
  INSTALLED_CLUSTER,
  type InputSpec,
  type Inputs,
  type InstallInputs,
  inputsOf,
  MODE_WORDS,
  type ModeWord,
  modesOf,
  type RestoreVerifyInputs,
  type TeardownInputs,
} from './inputs/shape.js';
export { formatDuration } from './inputs/values.js';
