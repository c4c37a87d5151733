/* For tests: deployments of models that fall ill and recover at random, each an HTTP server of its own. */
import { setTimeout as wait } from 'node:timers/promises';
import type { PriceManifest, TokenUsage } from '@espalier/core';
import { type Choices, seeded } from '@espalier/core/testing';
import {
  answering,
  breakingOff,
  failing,
  type ReceivedRequest,
  type ScriptedUpstream,
  type Step,
  slowly,
  startScriptedUpstream,
} from '@espalier/runtime/testing';

/** What may be wrong with a deployment. One that is gone refuses connections, and those that are open break. */
export const ailments = ['gone', 'failing', 'overloaded', 'limited', 'gone', 'cutting', 'silent', 'stalling', 'garbling'] as const;
type Ailment = (typeof ailments)[number];

/** A request that a deployment received: what it was about, and what became of it. */
export interface Fate {
  deployment: string;
  request: ReceivedRequest;
  end: 'served' | 'turned down' | 'broken';
  /** What it has to cost: nothing, unless it was served in full. */
  cost: bigint;
}

/** A deployment as models.yaml has it, as far as it is said here. */
export interface Declared {
  readonly id: string;
  readonly provider: 'anthropic' | 'openai' | 'openai-compatible';
  readonly price: PriceManifest;
}

interface Member extends Declared {
  readonly upstream: ScriptedUpstream;
  /** Undefined while it lives. */
  ailment: Ailment | undefined;
  readonly turnedDown: Set<ReceivedRequest>;
}

export interface Fleet {
  readonly deployments: readonly (Declared & { base_url: string })[];
  /** The requests that all deployments received, and what became of them. */
  fates(): Fate[];
  /** Lets them fall ill and recover; at every instant one of them lives. */
  weather(seed: number, pace?: Pace): Weather;
  close(): Promise<void>;
}

/** How long the weather stays as it is, on average: in milliseconds, and in calls that succeed. */
interface Pace {
  ms: number;
  calls: number;
}

export interface Weather {
  /** Of what deployments fell ill so far. */
  readonly falls: readonly Ailment[];
  /** Resolves when all are well again, and stay so. */
  end(): Promise<void>;
}

/** @param seed what answers and their usage are drawn from */
export async function startFleet(declared: readonly Declared[], seed: number): Promise<Fleet> {
  const members = await Promise.all(declared.map((each, index) => startMember(each, seeded(seed + index))));
  return {
    deployments: members.map(({ id, provider, price, upstream }) => ({ id, provider, price, base_url: upstream.baseUrl(provider) })),
    fates: () => members.flatMap(fatesAt),
    weather: (weatherSeed, pace = { ms: 65, calls: 10 }) => beginWeather(members, seeded(weatherSeed), pace),
    async close() {
      await Promise.all(members.map(({ upstream }) => upstream.close()));
    },
  };
}

async function startMember({ id, provider, price }: Declared, choices: Choices): Promise<Member> {
  const upstream = await startScriptedUpstream();
  const member: Member = { id, provider, price, upstream, ailment: undefined, turnedDown: new Set() };
  upstream.script(provider, async (request) => {
    const reply = await stepFor(member.ailment, drawnAnswer(choices), choices)(request);
    if (reply.status !== undefined) member.turnedDown.add(request);
    return reply;
  });
  return member;
}

/** An answer that takes some milliseconds and repeats the ticket of its request, with a usage that is seldom the same twice. */
function drawnAnswer(choices: Choices): Step {
  const cached = choices.below(20);
  const usage = { input_tokens: 20 + cached + choices.below(80), output_tokens: 1 + choices.below(60), cache_read_tokens: cached };
  return slowly((request) => answering({ text: `The ferry of ${ticketIn(request)} sails at nine.`, usage })(request), choices.below(8));
}

/** The ticket that a request is about: a part of its text that tells whose it is. */
export function ticketIn({ body }: ReceivedRequest): string {
  return /ticket-\d+/.exec(JSON.stringify(body))?.[0] ?? 'no ticket';
}

function stepFor(ailment: Ailment | undefined, answer: Step, choices: Choices): Step {
  switch (ailment) {
    case 'failing':
      return failing(500);
    case 'overloaded':
      return failing(529, { code: 'overloaded_error' });
    case 'limited':
      return failing(429, { headers: choices.below(2) === 0 ? { 'retry-after-ms': '150' } : { 'retry-after': '1' } });
    case 'cutting':
      return breakingOff(answer, { after: 2 * (2 + choices.below(4)), midway: true, ending: 'cut' });
    case 'silent':
      return () => ({ headers: eventStream, ending: 'stall' });
    case 'stalling':
      return breakingOff(answer, { after: 2 * (2 + choices.below(4)), ending: 'stall' });
    case 'garbling':
      return () => ({ headers: eventStream, body: ['data: {"choices": [{"delta": {"content"\n\n'] });
    default:
      return answer;
  }
}

const eventStream = { 'content-type': 'text/event-stream' };

function fatesAt({ id, price, upstream, turnedDown }: Member): Fate[] {
  const served = new Map(upstream.served.map(({ request, usage }) => [request, costOf(usage, price)]));
  return upstream.requests.map((request) => {
    const end = served.has(request) ? 'served' : turnedDown.has(request) ? 'turned down' : 'broken';
    return { deployment: id, request, end, cost: served.get(request) ?? 0n };
  });
}

function beginWeather(members: readonly Member[], choices: Choices, pace: Pace): Weather {
  const falls: Ailment[] = [];
  let isOver = false;
  const change = async () => {
    const member = members[choices.below(members.length)];
    const oneLives = members.some((other) => other !== member && other.ailment === undefined);
    if (member?.ailment && choices.below(2) === 0) await recover(member);
    else if (member && !member.ailment && oneLives) falls.push(fall(member, ailments[falls.length % ailments.length] ?? 'gone'));
  };
  const changes = (async () => {
    for (; !isOver; await someTime(members, choices, pace)) await change();
  })();
  return {
    falls,
    async end() {
      isOver = true;
      await changes;
      await Promise.all(members.map(recover));
    },
  };
}

/** So long that some calls succeed, as a rule: on a busy machine both take longer, and the weather must not outrun the calls. */
async function someTime(members: readonly Member[], choices: Choices, { ms, calls }: Pace): Promise<void> {
  const served = () => members.reduce((sum, { upstream }) => sum + upstream.served.length, 0);
  const enough = served() + calls / 2 + choices.below(calls);
  const latest = performance.now() + 2000;
  await wait(ms / 2 + choices.below(ms));
  while (served() < enough && performance.now() < latest) await wait(10);
}

function fall(member: Member, ailment: Ailment): Ailment {
  member.ailment = ailment;
  if (ailment === 'gone') member.upstream.die();
  return ailment;
}

/** It lives only once it is back at its address. */
async function recover(member: Member): Promise<void> {
  if (member.ailment === 'gone') await member.upstream.revive();
  member.ailment = undefined;
}

/** By declared prices, in pico-dollars: a dollar for a million tokens is a million pico-dollars for each. */
function costOf(
  { input_tokens, output_tokens, cache_read_tokens = 0 }: TokenUsage,
  { input, output, cache_read = input }: PriceManifest,
): bigint {
  const each = (usd: number) => BigInt(Math.round(usd * 1_000_000));
  return (
    BigInt(input_tokens - cache_read_tokens) * each(input) +
    BigInt(cache_read_tokens) * each(cache_read) +
    BigInt(output_tokens) * each(output)
  );
}
