import type { NodeManifest } from '@espalier/core';
import { z } from 'zod';
import type { Handler } from './handler.ts';
import { handlerParameters } from './handler-parameters.ts';

const schema = z.strictObject({});

/** `pass`: the output is the input itself. Takes no parameters. */
export function createPass(node: NodeManifest): Handler {
  handlerParameters(node, schema);
  return passInput;
}

const passInput: Handler = (input) => input;
