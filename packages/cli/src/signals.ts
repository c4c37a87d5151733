/** What to do when somebody wants the process to stop. */
export interface SignalHandlers {
  /** The first Ctrl-C. */
  onInterrupt(): void;
  /** Ctrl-Z. */
  onSuspend(): void;
  /** A second Ctrl-C, or the request to terminate. The process exits afterwards. */
  onQuit(): void;
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** @returns a function that gives the signals back. */
export function watchSignals({ onInterrupt, onSuspend, onQuit }: SignalHandlers): () => void {
  let interrupted = false;
  const handle = (signal: NodeJS.Signals) => {
    if (signal === 'SIGINT' && !interrupted) {
      interrupted = true;
      onInterrupt();
      return;
    }
    onQuit();
    process.exit(exitCodes[signal as keyof typeof exitCodes]);
  };
  const signals = Object.keys(exitCodes) as NodeJS.Signals[];
  for (const signal of signals) process.on(signal, handle);
  process.on('SIGTSTP', onSuspend);
  return () => {
    for (const signal of signals) process.off(signal, handle);
    process.off('SIGTSTP', onSuspend);
  };
}

/** Resolves at the first Ctrl-C or request to terminate; the second ends the process. */
export async function untilAskedToStop(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const signals = Object.keys(exitCodes) as (keyof typeof exitCodes)[];
  let isAsked = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (isAsked) process.exit(exitCodes[signal]);
      isAsked = true;
      resolve();
    });
  }
  await promise;
}
