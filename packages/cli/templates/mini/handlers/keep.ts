/** What the node `start` hands on. */
interface Request {
  text: string;
}

/** A short text is its own summary; its first words are the title. */
export function keep({ text }: Request) {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const title = words.slice(0, 6).join(' ');
  return { title: words.length > 6 ? `${title} …` : title, summary: text, words: words.length };
}
