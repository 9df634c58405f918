// The kinds of settings. Each function makes the zod schema of one variable, which parses or refuses its
// value, and registers its meaning for the page of settings. A refusal completes the sentence "NAME must be
// …".
import { z } from 'zod';
import { isNetwork } from '../networks.ts';
import { isBlockedPort } from './blockedPorts.ts';
import { rolesOfGroups } from './roles.ts';

/** The columns of docs/configuration.md for one setting, besides its name and unit. */
export interface SettingMeaning {
  readonly meaning: string;
  /** The text that counts if the variable is not set; undefined if it follows from another setting. */
  readonly fallback?: string;
  /** How it follows from the other setting, in Markdown. */
  readonly follows?: string;
  /** The values that are accepted, in words; undefined if every text is. */
  readonly accepted?: string;
  /** True if the value holds a secret. It may then be in the file that NAME_FILE names. */
  readonly isSecret?: true;
}

const meanings = z.registry<SettingMeaning>();

export function meaningOf(schema: z.core.$ZodType): SettingMeaning {
  const meaning = meanings.get(schema);
  if (meaning === undefined) throw new Error('a setting is declared without its meaning');
  return meaning;
}

/** The same setting, whose value holds a secret. Its refusal must not repeat the value. */
export function secret<Schema extends z.ZodType>(schema: Schema): Schema {
  meanings.add(schema, { ...meaningOf(schema), isSecret: true });
  return schema;
}

export function text(fallback: string, meaning: string) {
  return z.string().default(fallback).register(meanings, { meaning, fallback });
}

/** A URL without these query parameters. The refusal leaves the URL out, because it may hold a password. */
export function address(fallback: string, without: readonly string[], meaning: string) {
  const accepted = `a URL without the parameters ${without.join(', ')}, which the service sets itself`;
  const isFree = (given: string) => {
    const parameters = new URLSearchParams(given.split('?').slice(1).join('?'));
    return !without.some((name) => parameters.has(name));
  };
  return z
    .string()
    .refine(isFree, { error: `must be ${accepted}` })
    .default(fallback)
    .register(meanings, { meaning, fallback, accepted });
}

/** A text that follows from another setting if the variable is not set; `follows` says how, in Markdown. */
export function derivedText(follows: string, meaning: string) {
  return z.string().optional().register(meanings, { meaning, follows });
}

/** A text that the whole pattern matches; `accepted` says the pattern in words. */
export function matching(fallback: string, pattern: RegExp, accepted: string, meaning: string) {
  return z
    .string()
    .regex(pattern, { error: refusal(accepted) })
    .default(fallback)
    .register(meanings, { meaning, fallback, accepted });
}

/** Host names, separated by commas: a name, `.name` with every name below it, or `*` for any. */
export function hostNames(meaning: string) {
  const accepted = 'host names without ports, separated by commas; .name for all names below it; * for any';
  const isName = (name: string) => name === '*' || /^\.?[a-z0-9_][a-z0-9._-]{0,252}$/i.test(name);
  const namesIn = (given: string) => given.split(',').flatMap((name) => name.trim() || []);
  return z
    .string()
    .refine((given) => namesIn(given).every(isName), { error: refusal(accepted) })
    .transform(namesIn)
    .default([])
    .register(meanings, { meaning, fallback: '', accepted });
}

/** Secrets with ids, separated by commas. A refusal leaves the value out. */
export function peppers(meaning: string) {
  const accepted = 'id:secret pairs, separated by commas; a secret is base64 of 32 bytes or more';
  return z
    .string()
    .regex(/^(?:[a-z0-9-]{1,32}:[\w+/-]{43,256}={0,2}(?:,(?=.)|$))*$/, { error: `must be ${accepted}` })
    .default('')
    .register(meanings, { meaning, fallback: '', accepted });
}

/** A whole number between `min` and `max`, both included. */
export function whole(fallback: number, min: number, max: number, meaning: string) {
  const isWhole = (given: string) => /^\d{1,15}$/.test(given) && Number(given) >= min && Number(given) <= max;
  return z
    .string()
    .refine(isWhole, { error: refusal(`a whole number from ${min} to ${max}`) })
    .transform(Number)
    .default(fallback)
    .register(meanings, { meaning, fallback: String(fallback), accepted: `${min} to ${max}` });
}

/** A port. 0 means any free one. A port that `fetch` refuses would leave the process unreachable. */
export function port(fallback: number, meaning: string) {
  const isWhole = (given: string) => /^\d{1,5}$/.test(given) && Number(given) <= 65_535;
  return z
    .string()
    .refine(isWhole, { error: refusal('a whole number from 0 to 65535'), abort: true })
    .refine((given) => !isBlockedPort(Number(given)), {
      error: refusal('a port that browsers and fetch may use'),
    })
    .transform(Number)
    .default(fallback)
    .register(meanings, { meaning, fallback: String(fallback), accepted: '0 to 65535' });
}

/** A share of a whole: a decimal from 0 to 1, with six decimals at most. */
export function share(fallback: number, meaning: string) {
  const isShare = (given: string) => /^\d(?:\.\d{1,6})?$/.test(given) && Number(given) <= 1;
  return z
    .string()
    .refine(isShare, { error: refusal('a decimal from 0 to 1') })
    .transform(Number)
    .default(fallback)
    .register(meanings, {
      meaning,
      fallback: String(fallback),
      accepted: '0 to 1, with six decimals at most',
    });
}

/** Origins of web pages, separated by commas, each as a browser sends it. None by default. */
export function origins(meaning: string) {
  const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text;
  const accepted = 'origins such as https://app.example, separated by commas';
  return z
    .string()
    .transform((given) => given.split(',').map((origin) => origin.trim()))
    .refine((given) => given.every(isOrigin), { error: refusal(accepted) })
    .default([])
    .register(meanings, { meaning, fallback: '', accepted });
}

/** IP addresses and ranges such as 10.0.0.0/8, separated by commas. None by default. */
export function addressRanges(meaning: string) {
  const accepted = 'IP addresses and ranges such as 10.0.0.0/8, separated by commas';
  return z
    .string()
    .transform((given) => given.split(',').map((range) => range.trim()))
    .refine((given) => given.every(isNetwork), { error: refusal(accepted) })
    .default([])
    .register(meanings, { meaning, fallback: '', accepted });
}

/** Roles and the groups that have them. None by default. */
export function roleGroups(meaning: string) {
  const accepted = 'role=group, separated by semicolons; the roles are viewer, operator and approver';
  return z
    .string()
    .transform((given, context) => {
      const found = rolesOfGroups(given);
      if (found !== undefined) return found;
      context.addIssue({ code: 'custom', message: refusal(accepted)({ input: given }) });
      return z.NEVER;
    })
    .default([])
    .register(meanings, { meaning, fallback: '', accepted });
}

/** Secrets, separated by commas, the newest first. The refusal leaves them out. */
export function secrets(meaning: string) {
  const accepted = 'random texts of 32 characters or more, separated by commas, four at most';
  return z
    .string()
    .transform((given) => given.split(',').map((one) => one.trim()))
    .refine((given) => given.length <= 4 && given.every((one) => one.length >= 32), {
      error: `must be ${accepted}`,
    })
    .default([])
    .register(meanings, { meaning, fallback: '', accepted });
}

/** Keys of 32 bytes, separated by commas, the newest first. The refusal leaves them out. */
export function encryptionKeys(meaning: string) {
  const accepted =
    'keys of 32 bytes, each in base64 or in hexadecimal digits, separated by commas, four at most';
  return z
    .string()
    .transform((given) => given.split(',').map((one) => keyOf(one.trim())))
    .refine((given) => given.length <= 4 && given.every((one) => one !== undefined), {
      error: `must be ${accepted}`,
    })
    .transform((given) => given.filter((one) => one !== undefined))
    .default([])
    .register(meanings, { meaning, fallback: '', accepted });
}

function keyOf(given: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(given)) return Buffer.from(given, 'hex');
  return /^[\w+/-]{43}=?$/.test(given) ? Buffer.from(given, 'base64') : undefined;
}

/** Ports, separated by commas. */
export function ports(fallback: readonly number[], meaning: string) {
  const accepted = 'ports from 1 to 65535, separated by commas';
  const isPort = (one: string) => /^[1-9]\d{0,4}$/.test(one) && Number(one) <= 65_535;
  return z
    .string()
    .transform((given) => given.split(',').map((one) => one.trim()))
    .refine((given) => given.every(isPort), { error: refusal(accepted) })
    .transform((given) => given.map(Number))
    .default([...fallback])
    .register(meanings, { meaning, fallback: fallback.join(','), accepted });
}

export function flag(fallback: boolean, meaning: string) {
  return z
    .enum(['true', 'false'], { error: refusal('true or false') })
    .transform((given) => given === 'true')
    .default(fallback)
    .register(meanings, { meaning, fallback: String(fallback), accepted: 'true, false' });
}

export function choice<const T extends string>(fallback: T, choices: readonly T[], meaning: string) {
  const accepted = choices.join(', ');
  return z
    .enum(choices, { error: refusal(`one of ${accepted}`) })
    .default(fallback as z.core.util.NoUndefined<T>)
    .register(meanings, { meaning, fallback, accepted });
}

function refusal(accepted: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => `must be ${accepted}, not "${String(input)}"`;
}
