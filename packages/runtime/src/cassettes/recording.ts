import { isUtf8 } from 'node:buffer';
import { EspalierError } from '@espalier/core';
import { ModelFailure } from '../models/model-failure.ts';
import type { CallOptions, ModelProvider, ModelResponse } from '../ports/model.ts';
import type { StoredFile, Tool, ToolResult } from '../ports/tool.ts';
import type { Recorder } from './recorder.ts';
import { isLocal } from './replaying.ts';

/** The provider, with every request and what came of it recorded (COG-7). Calls that were aborted are left out: that was not its doing. */
export function recordProvider(provider: ModelProvider, recorder: Recorder): ModelProvider {
  const { name, notice, callsTools } = provider;
  return {
    name,
    ...(notice === undefined ? {} : { notice }),
    ...(callsTools === undefined ? {} : { callsTools }),
    serves: (model) => provider.serves(model),
    async generate(permit, request, options) {
      const end = recorder.begin('model', `${name}/${request.model}`, request);
      const facts = callsTools ? { calls_tools: true } : {};
      const { heard, deltas } = listening(options);
      try {
        const response = await provider.generate(permit, request, heard);
        await end({ ...facts, response: recordedResponse(response) }, deltas);
        return response;
      } catch (thrown) {
        const failure = thrownBy(thrown, options.signal);
        if (failure !== undefined) await end({ ...facts, failure }, deltas);
        throw thrown;
      }
    },
  };
}

/** The tool, with every call and what came of it recorded (COG-7); one whose calls are not replayed stays as it is. */
export function recordTool(tool: Tool, recorder: Recorder): Tool {
  if (isLocal(tool)) return tool;
  return {
    manifest: tool.manifest,
    schemaIn: tool.schemaIn,
    schemaOut: tool.schemaOut,
    async call(permit, input, context) {
      const end = recorder.begin('tool', tool.manifest.id, input);
      try {
        const result = await tool.call(permit, input, context);
        await end({ response: recordedResult(result) });
        return result;
      } catch (thrown) {
        const failure = thrownBy(thrown, context.signal);
        if (failure !== undefined) await end({ failure });
        throw thrown;
      }
    },
  };
}

/** The same options, and the pieces of text that came, if any are wanted. */
function listening(options: CallOptions): { heard: CallOptions; deltas: string[] | undefined } {
  const { onDelta } = options;
  if (onDelta === undefined) return { heard: options, deltas: undefined };
  const deltas: string[] = [];
  const hear = (piece: string) => {
    deltas.push(piece);
    onDelta(piece);
  };
  return { heard: { ...options, onDelta: hear }, deltas };
}

function recordedResponse({ text, reasoning, tool_calls, finish, usage }: ModelResponse): object {
  return { text, reasoning, tool_calls, finish, usage };
}

function recordedResult(result: ToolResult): object {
  if (result.outcome === 'failure') return result;
  const { outcome, output, files } = result;
  return { outcome, output, files: files?.map(recordedFile) };
}

/** As text, so that it is scrubbed like text. */
function recordedFile({ path, media_type, content }: StoredFile): object {
  const encoding = isUtf8(content) ? 'utf8' : 'latin1';
  return { path, media_type, encoding, content: Buffer.from(content).toString(encoding) };
}

/** What a call threw, as it is recorded; undefined for what neither the provider nor the tool has to answer for. */
function thrownBy(thrown: unknown, signal: AbortSignal): object | undefined {
  if (thrown instanceof ModelFailure) {
    const { kind, message, details, retryAfterMs, used } = thrown;
    return { kind, message, status: details?.status, retry_after_ms: retryAfterMs, used };
  }
  if (signal.aborted || !(thrown instanceof EspalierError) || thrown.code === 'effect.refused') return undefined;
  return { error: thrown.toFault() };
}
