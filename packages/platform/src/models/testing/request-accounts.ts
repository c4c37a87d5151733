/* For tests: what became of the requests of each call to each deployment, by what the deployments know and by what runs have on record. */
import type { Fate } from './failing-fleet.ts';
import type { RecordedTry } from './recorded-tries.ts';

interface Account {
  /** What those have cost that were answered in full. */
  served: string[];
  turnedDown: number;
  /** Of which nobody knows what they have cost. */
  broken: number;
  /** Of these, those of which nobody knows either whether the deployment had them before its connections broke. */
  uncertain: number;
  /** Of these, those that may have been answered in full all the same: too late for a busy process, or the end got lost with the connection. */
  unheard: number;
}

/** By call and deployment. */
export type Accounts = ReadonlyMap<string, Account>;

/** By what the deployments know. */
export function accountsOfFates(fates: readonly Fate[], callOf: (fate: Fate) => string): Accounts {
  return gathered(
    fates,
    (fate) => `${callOf(fate)} at ${fate.deployment}`,
    ({ end, cost }) => {
      if (end === 'served') return { served: [String(cost)] };
      return end === 'broken' ? { broken: 1 } : { turnedDown: 1 };
    },
  );
}

/** By what is on record. A request that no connection was made for is on record, too, and no deployment knows of it. */
export function accountsOfTries(tries: readonly RecordedTry[], callOf: (recorded: RecordedTry) => string): Accounts {
  return gathered(
    tries,
    (recorded) => `${callOf(recorded)} at ${recorded.deployment}`,
    ({ isAssumed, error, cost }) => {
      const kind = error?.details?.kind;
      // Without a kind it was this side that ended it: the run was cancelled, or its process died.
      const isUncertain = kind === undefined || (kind === 'unavailable' && error?.details?.status === undefined);
      if (isAssumed) return { broken: 1, uncertain: isUncertain ? 1 : 0, unheard: kind === 'malformed' ? 0 : 1 };
      if (error) return isUncertain ? {} : { turnedDown: 1 };
      return { served: [String(cost)] };
    },
  );
}

/**
 * Compares the two: what was served has to be on record with its cost, what was turned down as free of charge, and everything else, and only
 * that, as assumed. @returns where it is not so, and how many answers went out in full and were not heard.
 */
export function compareAccounts(fates: Accounts, tries: Accounts): { disagreements: object[]; unheard: number } {
  const places = [...new Set([...fates.keys(), ...tries.keys()])];
  const compared = places.map((place) => ({ place, ...comparedAt(fates.get(place) ?? nothing, tries.get(place) ?? nothing) }));
  return { disagreements: compared.filter(({ agrees }) => !agrees), unheard: compared.reduce((sum, { unheard }) => sum + unheard, 0) };
}

function comparedAt(known: Account, recorded: Account) {
  const unheard = without(known.served, recorded.served).length + known.turnedDown - recorded.turnedDown;
  const isTrue = without(recorded.served, known.served).length === 0 && recorded.turnedDown <= known.turnedDown;
  const broken = known.broken + unheard;
  const isAssumed = broken <= recorded.broken && broken >= recorded.broken - recorded.uncertain;
  return { agrees: isTrue && isAssumed && unheard <= recorded.unheard, unheard, known, recorded };
}

/** What is in the first list oftener than in the second. */
function without(list: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return list.filter((each) => {
    const index = left.indexOf(each);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

const nothing: Account = { served: [], turnedDown: 0, broken: 0, uncertain: 0, unheard: 0 };

function gathered<T>(items: readonly T[], placeOf: (item: T) => string, partOf: (item: T) => Partial<Account>): Accounts {
  const accounts = new Map<string, Account>();
  for (const item of items) {
    const place = placeOf(item);
    const { served, turnedDown, broken, uncertain, unheard } = accounts.get(place) ?? nothing;
    const add = { ...nothing, ...partOf(item) };
    accounts.set(place, {
      served: [...served, ...add.served].sort(),
      turnedDown: turnedDown + add.turnedDown,
      broken: broken + add.broken,
      uncertain: uncertain + add.uncertain,
      unheard: unheard + add.unheard,
    });
  }
  return accounts;
}
