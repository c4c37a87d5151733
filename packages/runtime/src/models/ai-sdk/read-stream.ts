import type { LanguageModelV4Content, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { isCommentary, type SdkAnswer } from './model-response.ts';

interface Reading {
  onDelta: (text: string) => void;
  /** Makes the error to throw of what the SDK throws or reports. */
  explain: (thrown: unknown) => unknown;
  /** The refusal in a piece as the provider sent it. */
  refusalIn: (raw: unknown) => string;
}

/**
 * Reads a stream to its end and tells the text as it comes.
 * @returns undefined if the stream ended before the provider said that the answer is complete.
 */
export async function readStream(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  { onDelta, explain, refusalIn }: Reading,
): Promise<SdkAnswer | undefined> {
  const content: LanguageModelV4Content[] = [];
  const commentary = new Set<string>();
  let finish: Extract<LanguageModelV4StreamPart, { type: 'finish' }> | undefined;
  let refusal = '';
  for await (const part of soundParts(stream, explain)) {
    if (part.type === 'text-start' && isCommentary(part.providerMetadata)) commentary.add(part.id);
    else if (part.type === 'finish') finish = part;
    const refused = part.type === 'raw' ? refusalIn(part.rawValue) : '';
    refusal += refused;
    const piece = contentIn(part, commentary);
    if (piece) content.push(piece);
    const text = piece?.type === 'text' ? piece.text : refused;
    if (text !== '') onDelta(text);
  }
  return finish === undefined || brokeOff(finish)
    ? undefined
    : { content, finishReason: finish.finishReason, usage: finish.usage, refusal };
}

function contentIn(part: LanguageModelV4StreamPart, commentary: ReadonlySet<string>): LanguageModelV4Content | undefined {
  switch (part.type) {
    case 'text-delta':
      return { type: commentary.has(part.id) ? 'reasoning' : 'text', text: part.delta };
    case 'reasoning-delta':
      return { type: 'reasoning', text: part.delta };
    case 'tool-call':
      return part;
    default:
      return undefined;
  }
}

/** The parts of a stream up to the first error. The stream is given up when the reader leaves. */
async function* soundParts(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  explain: (thrown: unknown) => unknown,
): AsyncGenerator<LanguageModelV4StreamPart> {
  const reader = stream.getReader();
  try {
    while (true) {
      const { done, value } = await reader.read().catch((thrown: unknown) => {
        throw explain(thrown);
      });
      if (done) return;
      if (value.type === 'error') throw explain(value.error);
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** The SDK ends every stream with a finish of its own; only a provider gives a reason in its own words, or stops as it should. */
function brokeOff({ finishReason: { unified, raw } }: { finishReason: { unified: string; raw: string | undefined } }): boolean {
  return unified === 'interrupted' || (raw === undefined && (unified === 'other' || unified === 'error'));
}
