// The error of settings that can't be used. It stands alone, because every command of `wallet` loads it, and
// the schemas of the settings would take a third of a command's start.

/** Message: each variable, its value, and the values it accepts. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
