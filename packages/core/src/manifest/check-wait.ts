import type { z } from 'zod';
import type { Finding, Path } from './manifest-document.ts';
import { nearestName } from './nearest-name.ts';
import { waitSchema } from './shapes/wait.ts';
import type { NodeManifest } from './shapes/workflow.ts';

const code = 'manifest.wait_invalid';
const expected = 'for: a duration such as 10m, or until: a field of the input';

/** What is wrong with the parameters of a node whose handler is `wait`. */
export function waitFindings(node: NodeManifest, path: Path): Finding[] {
  if (node.handler !== 'wait') return [];
  const at = [...path, 'with'];
  const parsed = waitSchema.safeParse(node.with);
  if (!parsed.success) return parsed.error.issues.flatMap((issue) => findingsOf(issue, node, at));
  const { for: duration, until } = parsed.data;
  if (duration === undefined && until === undefined) {
    return [{ code, message: `${node.id} waits, and does not say for how long or until when.`, path: at, expected }];
  }
  if (duration === undefined || until === undefined) return [];
  return [{ code, message: `${node.id} waits both for a duration and until a time.`, path: [...at, 'until'], atKey: true, expected }];
}

function findingsOf(issue: z.core.$ZodIssue, node: NodeManifest, at: Path): Finding[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownParameter(key, [...at, key]));
  const path = [...at, ...issue.path.map(String)];
  return [{ code, message: `The parameter ${String(issue.path.at(-1))} of ${node.id} is not what wait expects.`, path, expected }];
}

function unknownParameter(key: string, path: Path): Finding {
  const nearest = nearestName(key, Object.keys(waitSchema.shape));
  return { code, message: `wait has no parameter ${key}.`, path, atKey: true, expected, nearest };
}
