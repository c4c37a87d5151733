import {
  createModelGateway,
  createOfflineProvider,
  type ModelGateway,
  openCassette,
  Recorder,
  recordProvider,
  recordTool,
  replayProvider,
  replayTool,
  type Secret,
} from '@espalier/runtime';
import type { ModelProvider, Tool } from '@espalier/runtime/ports';
import { engineVersion } from '../engine-version.ts';
import type { CassetteChoice, CredentialEnvironment } from '../platform.ts';

/** Models, and what stands between nodes and their tools; the same for every workflow of a platform. */
export interface OpenModels {
  models: ModelGateway;
  wrapTool: (tool: Tool) => Tool;
  /** Writes what was recorded. @throws EspalierError `storage.failed`, `cassette.invalid` if the recording had to end early. */
  close(): Promise<void>;
}

interface ModelParts {
  environment: CredentialEnvironment | undefined;
  cassette: CassetteChoice | undefined;
}

/** @throws EspalierError `cassette.invalid`, `storage.failed`. */
export async function openModels({ environment, cassette }: ModelParts): Promise<OpenModels> {
  const secrets: Secret[] = [];
  const gateway = {
    providers: [createOfflineProvider()],
    environment: environment && { ...environment, user: process.getuid?.() },
    onSecret: (secret: Secret) => {
      if (!secrets.some((known) => known.reveal() === secret.reveal())) secrets.push(secret);
    },
  };
  if (cassette === undefined) return { models: createModelGateway(gateway), wrapTool: (tool) => tool, close: async () => {} };
  if ('replay' in cassette) {
    const opened = await openCassette(cassette.replay, () => secrets);
    const interposed = {
      isReplay: true,
      notice: 'cassette: replayed, no provider was asked',
      provider: async (name: string) => replayProvider(name, opened),
    };
    return { models: createModelGateway({ ...gateway, interposed }), wrapTool: (tool) => replayTool(tool, opened), close: async () => {} };
  }
  const recorder = await Recorder.start(cassette.record, { espalier: engineVersion, secrets: () => secrets, now: Date.now });
  const interposed = {
    isReplay: false,
    provider: async (_: string, real: () => Promise<ModelProvider>) => recordProvider(await real(), recorder),
  };
  return {
    models: createModelGateway({ ...gateway, interposed }),
    wrapTool: (tool) => recordTool(tool, recorder),
    close: () => recorder.close(),
  };
}
