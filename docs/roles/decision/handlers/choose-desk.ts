interface Claim {
  amount: number;
  purpose: string;
}

/** Chooses who looks at a large claim; the object becomes the task's new value. */
export function chooseDesk({ amount, purpose }: Claim) {
  const selected_edge = amount < 10_000 ? 'finance' : 'board';
  return { selected_edge, claim: { amount, purpose }, note: `${amount} is for the ${selected_edge}` };
}
