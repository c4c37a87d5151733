/** The tones that a text can be moved to or measured as. */
export type Tone = 'formal' | 'friendly' | 'technical' | 'persuasive' | 'urgent' | 'neutral';

/** [plain or friendly wording, formal wording]; a formal rewrite goes right, a friendly one goes left. */
const wordings: readonly (readonly [friendly: string, formal: string])[] = [
  ["can't", 'cannot'],
  ["won't", 'will not'],
  ["don't", 'do not'],
  ["doesn't", 'does not'],
  ["didn't", 'did not'],
  ["isn't", 'is not'],
  ["aren't", 'are not'],
  ["wasn't", 'was not'],
  ["haven't", 'have not'],
  ["hasn't", 'has not'],
  ["couldn't", 'could not'],
  ["shouldn't", 'should not'],
  ["wouldn't", 'would not'],
  ["it's", 'it is'],
  ["that's", 'that is'],
  ["there's", 'there is'],
  ["we're", 'we are'],
  ["you're", 'you are'],
  ["they're", 'they are'],
  ["I'm", 'I am'],
  ["we've", 'we have'],
  ["we'll", 'we will'],
  ["you'll", 'you will'],
  ["let's", 'let us'],
  ['hi', 'dear'],
  ['thanks', 'thank you'],
  ['get in touch', 'contact us'],
  ['a lot of', 'many'],
  ['help', 'assist'],
  ['find out', 'determine'],
  ['need to', 'are required to'],
  ['kick off', 'commence'],
  ['asap', 'as soon as possible'],
  ['kids', 'children'],
  ['awesome', 'excellent'],
];

const onlyFormal = new Set(['help', 'need to', 'a lot of', 'kids', 'awesome', 'hi', 'asap', 'get in touch', 'thanks']);

/** The Markdown text in another tone, by a small table of wordings; code, headings and links are not touched. Tones without a table return it as it is. */
export function withTone(document: string, tone: Tone): string {
  if (tone !== 'formal' && tone !== 'friendly') return document;
  let fenced = false;
  const lines = document.split('\n').map((line) => {
    if (/^ {0,3}(?:```|~~~)/u.test(line)) fenced = !fenced;
    return fenced || line.includes('`') || line.includes('](') || line.startsWith('#') ? line : reworded(line, tone);
  });
  return lines.join('\n');
}

function reworded(line: string, tone: 'formal' | 'friendly'): string {
  const plain = tone === 'formal' ? line.replaceAll('!', '.').replace(/(\p{L})’(\p{L})/gu, "$1'$2") : line;
  return wordings
    .filter(([friendly]) => tone === 'formal' || !onlyFormal.has(friendly))
    .reduce(
      (text, [friendly, formal]) => (tone === 'formal' ? swapWords(text, friendly, formal) : swapWords(text, formal, friendly)),
      plain,
    );
}

function swapWords(text: string, from: string, to: string): string {
  if (!text.toLowerCase().includes(from.toLowerCase())) return text;
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}'])${from}(?![\\p{L}\\p{N}'])`, 'giu'), (found) =>
    /^\p{Lu}/u.test(found) ? to.charAt(0).toUpperCase() + to.slice(1) : to,
  );
}
