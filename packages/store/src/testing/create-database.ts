import { Client, escapeIdentifier } from 'pg';

/** Makes a database in the cluster of `adminUrl`, a copy of `template` if one is named. @returns its URL. */
export async function createDatabase(adminUrl: string, name: string, template?: string): Promise<string> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const copy = template === undefined ? '' : ` template ${escapeIdentifier(template)}`;
    await client.query(`create database ${escapeIdentifier(name)}${copy}`);
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.pathname = encodeURIComponent(name);
  return url.href;
}
