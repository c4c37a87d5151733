import { readFile } from 'node:fs/promises';
import { profileOf } from '@espalier/platform';
import { describe, expect, it } from 'vitest';
import { profiledRun } from '../testing/profiled-run.fixture.ts';
import { bar, inkOf, laneText } from './plot.ts';
import { profileReport } from './profile-report.ts';
import type { ProfileSubject } from './profile-rows.ts';
import { createStyle } from './style.ts';
import { textWidth } from './text-width.ts';

interface Choice {
  events?: number;
  by?: ProfileSubject;
  width?: number;
  blocks?: boolean;
  top?: number;
}

function report({ events, by = 'node', width = 80, blocks = true, top = 20 }: Choice = {}): string {
  const profile = profileOf(profiledRun.slice(0, events));
  const layout = { width, style: createStyle(false), blocks };
  return profileReport({ run: 'run_01m7y3eg6fbtq0p2b8', workflow: 'reviews', profile }, { by, top, ...layout });
}

describe('ENG-F the report of a profile', () => {
  it('is on the page about profiling as it is', async () => {
    const page = await readFile(new URL('../../../../docs/profiling.md', import.meta.url), 'utf8');
    const shown = /<!-- profile: node -->\n```text\n([\s\S]*?)```/.exec(page)?.[1];
    expect(shown).toBe(report());
  });

  it.each(['node', 'effect', 'task'] as const)('by %s fits the width, narrow or wide, in blocks or in ASCII', (by) => {
    for (const width of [40, 60, 80, 120]) {
      for (const blocks of [true, false]) {
        const text = report({ by, width, blocks });
        expect(text.split('\n').filter((line) => textWidth(line) > width)).toEqual([]);
        if (!blocks) expect(text).not.toMatch(/[█▉▊▋▌▍▎▏░▸]/);
      }
    }
  });

  it('draws bars in proportion, waiting in light ink, and knows no time of what is done at once', () => {
    const text = report({ blocks: false });
    expect(text).toMatch(/^ {2}review +3 +470 ms .* 4\.3 s {2}#{28}$/m);
    expect(text).toMatch(/^ {2}publish +1 +0 ms .* 1\.1 s {2}#{7}$/m);
    expect(text).toMatch(/^ {2}cool_down +1 +0 ms .* 1\.0 s {2}-{7}$/m);
    expect(text).toMatch(/^ {2}join +1 +– +– +– +–$/m);
  });

  it('draws the timeline in the order in which nodes began, under an axis from 0 to the end', () => {
    const [axis = '', ...lanes] = (report({ blocks: false }).split('Timeline\n')[1] ?? '').trimEnd().split('\n');
    expect(axis).toMatch(/^ +0 +5\.2 s$/);
    expect(lanes.map((lane) => lane.trim().split(' ')[0])).toEqual(['plan', 'review', 'cool_down', 'publish']);
    const begin = lanes.map((lane) => lane.indexOf('#'));
    expect(begin).toEqual(begin.toSorted((a, b) => a - b));
  });

  it('shows a run under way as such, up to its last event', () => {
    const text = report({ events: 15, by: 'task', blocks: false });
    expect(text).toContain('Took     2.3 s so far, 15 events');
    expect(text).toContain('review 1.4 s so far');
    expect(text).toMatch(/root\/each\.1 +-#+>$/m);
  });

  it('tells lost tries from failures, and waits from work, by effect', () => {
    const text = report({ by: 'effect', blocks: false });
    expect(text).toMatch(/Effect +Calls +Retries +Lost +Tokens +Mean/);
    expect(text).toMatch(/tool write_file +1 +1 +1 +50 ms/);
    expect(text).toMatch(/timer wait +1 +1\.0 s +1\.0 s {2}-+$/m);
  });

  it('says how many it leaves out', () => {
    const text = report({ top: 2 });
    expect(text).toContain('6 others not shown: see --top');
    expect(text).not.toContain('  plan  ');
  });

  it('of a run without events or time is no division by zero', () => {
    expect(report({ events: 0 })).toContain('Took     0 ms so far, 0 events');
    expect(report({ events: 1 })).not.toMatch(/NaN|Infinity/);
  });
});

describe('plots', () => {
  const ink = inkOf(true);

  it('have bars by eighths of a column, and a trace of anything above nothing', () => {
    expect([0, 0.0001, 0.5, 1].map((share) => bar(share, 3, ink))).toEqual(['', '▏', '█▌', '███']);
    expect([0, 0.0001, 0.5, 1].map((share) => bar(share, 4, inkOf(false)))).toEqual(['', '#', '##', '####']);
  });

  it('have lanes in which work covers waiting, and short work leaves a trace', () => {
    const span = (start_ms: number, end_ms: number, open = false) => ({ start_ms, end_ms, open });
    const options = { duration: 100, width: 10, ink };
    expect(laneText({ solid: [span(20, 40)], light: [span(0, 60)] }, options)).toBe('░░██░░');
    expect(laneText({ solid: [span(55, 55)], light: [] }, options)).toBe('     ▏');
    expect(laneText({ solid: [span(100, 100)], light: [] }, options)).toBe('         ▏');
    expect(laneText({ solid: [span(70, 100, true)], light: [] }, options)).toBe('       ██▸');
  });
});
