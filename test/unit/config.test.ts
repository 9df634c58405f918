// Settings that only make sense together.
import { expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/config.ts';

it('a grace in which a command could not be answered is refused, and the error says what there has to be', () => {
  const command = {
    COMMAND_QUEUE_TIME_MAX_MS: '1000',
    REDIS_COMMAND_TIMEOUT_MS: '200',
    DATABASE_CONNECT_TIMEOUT_MS: '300',
    DATABASE_STATEMENT_TIMEOUT_MS: '2000',
    OUTCOME_WAIT_MAX_MS: '400',
  };
  const refused = () => readConfig({ ...command, SHUTDOWN_GRACE_MS: '5899' });
  expect(refused).toThrow(ConfigError);
  expect(refused).toThrow('SHUTDOWN_GRACE_MS must be at least 5900');
  expect(readConfig({ ...command, SHUTDOWN_GRACE_MS: '5900' }).SHUTDOWN_GRACE_MS).toBe(5_900);
});
