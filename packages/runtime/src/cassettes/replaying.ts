import { EspalierError, type Fault } from '@espalier/core';
import { Permit } from '../gate/permit.ts';
import { ModelFailure } from '../models/model-failure.ts';
import type { CallOptions, ModelProvider } from '../ports/model.ts';
import type { Tool, ToolResult } from '../ports/tool.ts';
import type { ModelCall, ToolCall } from './cassette.ts';
import type { Cassette } from './open-cassette.ts';
import { cutLike } from './pieces.ts';
import { restore, restoreText } from './scrub.ts';

type Found = ReadonlyMap<string, string>;

/**
 * The provider of a name as a cassette has it: nobody is asked, and nothing waits (COG-7). Personal data of a request stands in its answer
 * again as it stands in the request; the rest of what was scrubbed stays a placeholder. `generate` throws EspalierError `cassette.miss` for
 * what was not recorded.
 */
export function replayProvider(name: string, cassette: Cassette): ModelProvider {
  return {
    name,
    notice: 'cassette: replayed, no provider was asked',
    get callsTools() {
      return cassette.models.all().some(({ target, calls_tools }) => calls_tools === true && target.startsWith(`${name}/`));
    },
    serves: () => true,
    async generate(permit, request, options) {
      const target = `${name}/${request.model}`;
      Permit.redeem(permit, 'model', target);
      options.signal.throwIfAborted();
      const { value, found } = cassette.scrub.json(request);
      const call = cassette.models.next(target, value);
      options.onSign?.();
      sayPieces(call, found, options);
      if ('failure' in call) throw failureOf(call.failure, found);
      return restore(call.response, found);
    },
  };
}

/**
 * The tool as a cassette has it: it is not called (COG-7). Tools of type filesystem are: they act on the workspace and nowhere else, and a
 * file has to be there for whoever reads it next. `call` throws EspalierError `cassette.miss` for what was not recorded. Files that other
 * tools wrote are given again as artifacts, but not written into the workspace.
 */
export function replayTool(tool: Tool, cassette: Cassette): Tool {
  if (isLocal(tool)) return tool;
  const { id } = tool.manifest;
  return {
    manifest: tool.manifest,
    schemaIn: tool.schemaIn,
    schemaOut: tool.schemaOut,
    async call(permit, input, { signal }) {
      Permit.redeem(permit, 'tool', id);
      signal.throwIfAborted();
      const { value, found } = cassette.scrub.json(input);
      const call = cassette.tools.next(id, value);
      if ('failure' in call) throw errorOf(call.failure.error, found);
      return resultOf(call.response, found);
    },
  };
}

/** Whether calls of a tool stay in the workspace: they are performed in a replay as well, and so need no recording. */
export function isLocal({ manifest }: Tool): boolean {
  return manifest.type === 'filesystem';
}

/** A text that was not asked for in pieces when it was recorded comes as one. */
function sayPieces(call: ModelCall, found: Found, { signal, onDelta }: CallOptions): void {
  if (onDelta === undefined) return;
  const pieces = call.deltas ?? ('response' in call && call.response.text !== '' ? [call.response.text] : []);
  for (const piece of cutLike(restoreText(pieces.join(''), found), pieces)) {
    onDelta(piece);
    signal.throwIfAborted();
  }
}

function failureOf(failure: Extract<ModelCall, { failure: unknown }>['failure'], found: Found): EspalierError {
  if ('error' in failure) return errorOf(failure.error, found);
  const { kind, message, status, retry_after_ms, used } = failure;
  return new ModelFailure(kind, restoreText(message, found), { status, retryAfterMs: retry_after_ms, used });
}

function errorOf(error: Fault, found: Found): EspalierError {
  const { code, message, details } = restore(error, found);
  return new EspalierError(code, message, details === undefined ? {} : { details });
}

function resultOf(response: Extract<ToolCall, { response: unknown }>['response'], found: Found): ToolResult {
  const restored = restore(response, found);
  if (restored.outcome === 'failure') return restored;
  const { files, ...result } = restored;
  if (files === undefined) return result;
  return { ...result, files: files.map(({ encoding, content, ...file }) => ({ ...file, content: Buffer.from(content, encoding) })) };
}
