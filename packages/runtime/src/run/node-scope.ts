import { memoryOf, type Task } from '@espalier/core';
import pLimit, { type LimitFunction } from 'p-limit';
import type { NodeScope } from '../ports/node-program.ts';
import type { EffectHost } from './effect-place.ts';
import { performEffect } from './effects.ts';
import { inputOf, mergeFailures } from './merge-input.ts';
import type { PreparedNode } from './prepare.ts';
import { performWait } from './waits.ts';
import type { Work, WorkInFlight } from './work-in-flight.ts';

/** Makes the scopes of the programs of one run. */
export class NodeScopes {
  readonly #host: EffectHost;
  readonly #work: WorkInFlight;
  readonly #concurrency: number;
  /** Effects in flight, parallel ones of one node included; waits are not among them (S16). */
  #limit: LimitFunction | undefined;

  constructor(host: EffectHost, work: WorkInFlight, concurrency: number) {
    this.#host = host;
    this.#work = work;
    this.#concurrency = concurrency;
  }

  /** What a program may know and ask for. */
  create(task: Task, node: PreparedNode, work: Work): NodeScope {
    const host = this.#host;
    const { signal } = work.controller;
    let asked = 0;
    const nextPlace = () => {
      asked += 1;
      return { task: work.task, node: work.node, ordinal: asked - 1, signal, beginning: work.beginning };
    };
    return {
      run: this.#host.run,
      task: task.id,
      node: work.node,
      input: inputOf(task, node),
      isMerging: task.merging !== undefined,
      failures: mergeFailures(task),
      get memory() {
        return memoryOf(task);
      },
      get recalled() {
        return host.state.started?.memory ?? [];
      },
      isFork: host.fork !== undefined,
      signal,
      effect: (request) => {
        const place = nextPlace();
        this.#limit ??= pLimit(this.#concurrency);
        return this.#work.track(
          work,
          'call',
          this.#limit(() => performEffect(this.#host, place, request)),
        );
      },
      wait: (request) => this.#work.track(work, 'wait', performWait(this.#host, nextPlace(), request)),
    };
  }
}
