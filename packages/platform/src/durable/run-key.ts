import type { RunRef } from '@espalier/store';

/** A run among those of all tenants. */
export function keyOf({ tenant, run }: RunRef): string {
  return `${tenant}/${run}`;
}

/** A run for as long as it is ours without interruption. */
export function tenureOf({ epoch, ...run }: RunRef & { epoch: number | undefined }): string {
  return `${keyOf(run)} ${epoch}`;
}

/** The run that a signal is about. */
export function refOf(stream: string): RunRef {
  const [tenant = '', run = ''] = stream.split('/run:');
  return { tenant, run };
}
