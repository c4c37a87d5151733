import type { AccountChange } from '@espalier/core';

/** What a commit of a run does to the books of its tenant (S21). */
export interface Accounts {
  run: string;
  changes: readonly AccountChange[];
}

interface AccountingCommit {
  tenant: string;
  accounts?: Accounts | undefined;
}

/** The changes of commits as `espalier.account` takes them, JSON: each with the index of its commit, and numbered in their order. */
export function accountsText(commits: readonly AccountingCommit[]): string {
  const changes = commits.flatMap(({ tenant, accounts }, commit) =>
    (accounts?.changes ?? []).map((change) => ({ commit, tenant, run: accounts?.run, ...changeRow(change) })),
  );
  return JSON.stringify(changes.map((change, number) => ({ number, ...change })));
}

function changeRow(change: AccountChange) {
  const { do: kind, key, try: attempt } = change;
  const row = { kind, key, try: attempt };
  if (change.do === 'reserve') return { ...row, ...reserveRow(change) };
  return change.do === 'settle' ? { ...row, ...settleRow(change) } : row;
}

function reserveRow({ at, task, node, reservation }: Extract<AccountChange, { do: 'reserve' }>) {
  const { deployment, provider, model, prices, amount, scopes, charged_to } = reservation;
  const { workflow, agent, session, user: charged_user, cost_centre } = charged_to;
  return {
    ...{ at, task, node, deployment, provider, model, prices, amount, workflow, agent, session, charged_user, cost_centre },
    scopes: scopes.map(({ scope }) => scope),
    subjects: scopes.map(({ subject }) => subject),
    periods: scopes.map(({ period }) => period),
    caps: scopes.map(({ cap }) => cap),
  };
}

function settleRow({ at, cost, tokens, isAssumed, hasFailed }: Extract<AccountChange, { do: 'settle' }>) {
  return { at, status: isAssumed ? 'assumed' : 'recorded', cost, has_failed: hasFailed, ...tokens };
}
