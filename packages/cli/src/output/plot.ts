import type { Span } from '@espalier/platform';

/** What plots are drawn with. */
interface Ink {
  /** Work, and waiting. */
  solid: string;
  light: string;
  /** In a lane: what has no column of its own. */
  sliver: string;
  /** The end of what is still under way. */
  open: string;
  /** Eighths of a column at the end of a bar; none in ASCII. */
  eighths: readonly string[];
}

/** @param blocks whether the terminal has block characters. */
export function inkOf(blocks: boolean): Ink {
  return blocks
    ? { solid: '█', light: '░', sliver: '▏', open: '▸', eighths: ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] }
    : { solid: '#', light: '-', sliver: '|', open: '>', eighths: [] };
}

/** A bar of `share` (0 to 1) of `width` columns. Anything above nothing is drawn. */
export function bar(share: number, width: number, ink: Ink): string {
  const parts = Math.max(1, ink.eighths.length);
  const length = share > 0 ? Math.max(1, Math.round(share * width * parts)) : 0;
  return ink.solid.repeat(Math.floor(length / parts)) + (ink.eighths[length % parts] ?? '');
}

/** A bar of which the last part, a share of the whole width too, is light: time spent waiting, or what is not known for sure. */
export function waitingBar(share: { total: number; waiting: number }, width: number, ink: Ink): string {
  if (share.waiting <= 0) return bar(share.total, width, ink);
  const whole = Math.max(1, Math.round(share.total * width));
  const light = Math.min(whole, Math.max(1, Math.round(share.waiting * width)));
  return ink.solid.repeat(whole - light) + ink.light.repeat(light);
}

/** What happened along a run's time, `width` columns for all of it. */
export interface Lane {
  /** Drawn over what is light. */
  solid: readonly Span[];
  light: readonly Span[];
}

/** A lane as text. @param duration of the run, in milliseconds. */
export function laneText({ solid, light }: Lane, { duration, width, ink }: { duration: number; width: number; ink: Ink }): string {
  const scale = width / Math.max(1, duration);
  const [work, wait] = [coverage(solid, scale, width), coverage(light, scale, width)];
  const cells = work.map((share, column) => {
    if (share >= 0.5) return ink.solid;
    const isEdge = Math.max(work[column - 1] ?? 0, work[column + 1] ?? 0) >= 0.5;
    if (share > 0 && !isEdge) return ink.sliver;
    return (wait[column] ?? 0) > 0 ? ink.light : ' ';
  });
  if ([...solid, ...light].some((span) => span.open)) cells[width - 1] = ink.open;
  return cells.join('').trimEnd();
}

/** How much of each column is covered; a span without length leaves a trace, too. */
function coverage(spans: readonly Span[], scale: number, width: number): number[] {
  const columns = Array.from({ length: width }, () => 0);
  for (const { start_ms, end_ms } of spans) {
    const [start, end] = [start_ms * scale, end_ms * scale];
    const first = Math.min(width - 1, Math.floor(start));
    for (let column = first; column < width && (column < end || column === first); column += 1) {
      const covered = Math.min(end, column + 1) - Math.max(start, column);
      columns[column] = (columns[column] ?? 0) + Math.max(covered, Number.EPSILON);
    }
  }
  return columns;
}
