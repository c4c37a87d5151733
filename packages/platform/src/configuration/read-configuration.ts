import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EspalierError, nearestName } from '@espalier/core';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { type Configuration, configurationSchema } from './configuration.ts';

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  'espalier.config.toml': (text) => parseToml(text),
  'espalier.config.yaml': (text) => parseYaml(text),
  'espalier.config.yml': (text) => parseYaml(text),
  'espalier.config.json': (text) => JSON.parse(text),
};

/** What the environment says in place of the file. */
export interface ConfigurationEnvironment {
  /** REDIS_URL */
  redisUrl?: string | undefined;
}

/**
 * The configuration of a directory: `espalier.config.toml`, `.yaml`, `.yml` or `.json`, the environment, and defaults for the rest. Read once
 * and frozen.
 * @throws EspalierError `input.invalid` with file, place and what was expected; also if there are two files.
 */
export async function readConfiguration(directory: string, { redisUrl }: ConfigurationEnvironment = {}): Promise<Configuration> {
  const found = await filesIn(directory);
  const [file, other] = found;
  if (file && other)
    throw new EspalierError('input.invalid', `${file.name} and ${other.name} both hold the configuration: keep one of them.`);
  const written = file ? parsed(file) : {};
  return checked(withRedis(written, redisUrl), file?.name ?? 'the environment');
}

interface ConfigurationFile {
  name: string;
  text: string;
}

async function filesIn(directory: string): Promise<ConfigurationFile[]> {
  const read = async (name: string) => ({ name, text: await readFile(join(directory, name), 'utf8') });
  const results = await Promise.allSettled(Object.keys(parsers).map(read));
  return results.flatMap((result) => {
    if (result.status === 'fulfilled') return [result.value];
    if ((result.reason as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new EspalierError('input.invalid', `The configuration cannot be read: ${(result.reason as Error).message}`);
  });
}

function parsed({ name, text }: ConfigurationFile): unknown {
  try {
    return parsers[name]?.(text) ?? {};
  } catch (thrown) {
    const reason = thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : '';
    throw new EspalierError('input.invalid', `${name} cannot be read: ${reason}`, { details: { file: name } });
  }
}

function withRedis(written: unknown, url: string | undefined): unknown {
  if (url === undefined || typeof written !== 'object' || written === null) return written;
  const { redis } = written as { redis?: object };
  return { ...written, redis: { ...redis, url } };
}

function checked(written: unknown, file: string): Configuration {
  const result = configurationSchema.safeParse(written);
  if (result.success) return Object.freeze(result.data);
  const problems = result.error.issues.map(problemOf);
  throw new EspalierError('input.invalid', `${file}: ${problems.join('; ')}.`, { details: { file, problems } });
}

/** What is wrong and where; the value itself is not repeated: a URL may hold a password. */
function problemOf(issue: z.core.$ZodIssue): string {
  const at = issue.path.map(String).join('.');
  if (issue.code !== 'unrecognized_keys') return `${at || 'the file'}: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}`;
  const known = Object.keys(settingsAt(issue.path));
  return issue.keys
    .map((key) => {
      const nearest = nearestName(key, known);
      const hint = nearest === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${nearest}?`;
      return `${at === '' ? key : `${at}.${key}`} is no setting; ${hint}`;
    })
    .join('; ');
}

/** The settings that there are at a place, by name. */
function settingsAt([section]: readonly PropertyKey[]): object {
  const defaults = configurationSchema.parse({ redis: { url: 'redis://127.0.0.1' } });
  const found: unknown = section === undefined ? defaults : Object.entries(defaults).find(([name]) => name === section)?.[1];
  return typeof found === 'object' && found !== null ? found : {};
}
