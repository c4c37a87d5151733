import type { Tone } from '../edit/tone.ts';
import { bounded } from '../text/bounded.ts';
import { placedWords } from '../text/words.ts';

const markers: Record<Exclude<Tone, 'neutral'>, ReadonlySet<string>> = {
  formal: new Set(
    'hereby pursuant therefore furthermore moreover accordingly shall regarding sincerely respectively cannot dear regards'.split(' '),
  ),
  friendly: new Set("hi hey hello thanks welcome happy love fun enjoy cheers glad great we're you're it's let's don't can't".split(' ')),
  technical: new Set(
    'api server database deploy code configuration schema query cluster runtime function export csv json sql interface latency install cli command'.split(
      ' ',
    ),
  ),
  persuasive: new Set('best proven guarantee exclusive amazing must unlock discover save opportunity leading unique benefit'.split(' ')),
  urgent: new Set('urgent immediately asap critical deadline emergency now outage alert'.split(' ')),
};

/** The tone whose marker words are most frequent in a text, `neutral` if they are fewer than one word in a hundred. */
export function toneOf(text: string): Tone {
  const words = placedWords(bounded(text)).map((word) => word.text.toLowerCase().replaceAll('’', "'"));
  const counts = Object.entries(markers).map(([tone, set]) => ({
    tone: tone as Tone,
    count: words.filter((word) => set.has(word)).length,
  }));
  counts.sort((left, right) => right.count - left.count);
  const [best] = counts;
  return best !== undefined && best.count > 0 && best.count * 100 >= words.length ? best.tone : 'neutral';
}
