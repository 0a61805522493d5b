export { printable } from './printable.js';
export type {
  CliContext,
  CliResult,
  CliStack,
  RegisterCommands,
  StackOptions,
} from './cli.context.js';
export type { DoctorCheck, DoctorLine } from './doctor-line.js';
export { EXIT, type ExitCode } from './exit-codes.js';
