/* A process that starts a Redis, says where, and stays until it is killed. */
import { Redis } from 'ioredis';
import { startRedis } from './redis-server.ts';

const { url } = await startRedis({ 'lua-time-limit': '4321' });
const admin = new Redis(url);
const [, directory] = await admin.config('GET', 'dir');
process.stdout.write(`${JSON.stringify({ url, directory, settings: await admin.config('GET', 'lua-time-limit') })}\n`);
