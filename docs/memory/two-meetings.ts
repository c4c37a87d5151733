import { openPlatform } from '@espalier/platform';

/** Runs the workflow in `directory` twice. Returns what the second run was given of what the first one wrote. */
export async function twoMeetings(directory: string, stateDirectory: string) {
  const platform = await openPlatform({ stateDirectory, workspace: stateDirectory });
  try {
    const { run } = await platform.open(directory);
    await (await run({ input: { text: 'We agreed to prune the pear tree in March.' } })).ended;
    const second = await run({ input: { text: 'The pear tree was pruned.' } });
    await second.ended;
    const { events } = await platform.inspect(second.run);
    const [first] = events;
    return first?.type === 'run.started' ? (first.payload.memory ?? []) : [];
  } finally {
    await platform.close();
  }
}
