/** What to do when somebody wants the process to stop. */
export interface SignalHandlers {
  /** The first Ctrl-C. */
  onInterrupt(): void;
  /** A second Ctrl-C, or the request to terminate. The process exits afterwards. */
  onQuit(): void;
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** @returns a function that gives the signals back. */
export function watchSignals({ onInterrupt, onQuit }: SignalHandlers): () => void {
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
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}
