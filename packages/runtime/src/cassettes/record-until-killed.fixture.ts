/* A process that records calls of the offline provider until it is killed: path of the cassette. Says the number of each that has ended. */
import { createOfflineProvider } from '../models/offline/offline-provider.ts';
import { Recorder } from './recorder.ts';
import { recordProvider } from './recording.ts';
import { generate, question } from './wire.fixture.ts';

const recorder = await Recorder.start(process.argv[2] ?? '', { espalier: 'test', secrets: () => [], now: Date.now });
const provider = recordProvider(createOfflineProvider(), recorder);
for (let call = 0; ; call += 1) {
  await generate(provider, { ...question(`Question ${call}. ${'The ferry sails at nine. '.repeat(1000)}`), model: 'text' });
  process.stdout.write(`${call}\n`);
}
