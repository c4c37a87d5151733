import type { PluginReport } from '@espalier/platform';
import { oneLine } from './printable.ts';
import type { Terminal } from './terminal.ts';

/** Says what became of a plugin: a line, or one for each that it wrote itself. */
export function writePluginReport({ plugin, workflow, kind, message }: PluginReport, terminal: Terminal): void {
  const lines =
    kind === 'output' ? message.split('\n').map((line) => `${plugin}: ${line}`) : [`Plugin ${plugin} of ${workflow} ${message}`];
  const above = terminal.isLive ? '\r\u001b[K' : ''; // a progress line may be there; it is drawn again
  terminal.write(lines.map((line) => `${above}${terminal.style.dim(oneLine(line))}\n`).join(''));
}
