import type { JsonObject, Workflow } from '@espalier/core';

/** The custom command of a CLI profile that is run when nobody says what to do. */
const exampleCommand = 'example';

/**
 * The example that a workflow brings along: the custom command `example` of its profile `default`, or else of the first profile that
 * has one. In the REPL the same command is `/example`.
 */
export function workflowExample({ cliProfiles }: Workflow): { input: JsonObject; start: string | undefined } | undefined {
  const profiles = [cliProfiles.get('default'), ...cliProfiles.values()];
  const command = profiles.flatMap((profile) => profile?.custom_commands ?? []).find(({ name }) => name === exampleCommand);
  return command && { input: command.input, start: command.start_node };
}
