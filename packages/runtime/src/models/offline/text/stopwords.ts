const stopwords = new Set(
  (
    'a about above after again all also am an and any are as at be because been before being below between both but by can could did do does ' +
    'doing don down during each either else etc ever every few for from further get gets give given go had has have having he her here hers him ' +
    'his how however i if in into is it its itself just let like may me might mine more most much must my near need neither no nor not now of ' +
    'off on once one only onto or other our ours out over own per please same shall she should since so some such than that the their theirs ' +
    'them then there these they this those though through thus to too under until up upon us very via was we were what when where whether which ' +
    'while who whom whose why will with within without would yet you your yours'
  ).split(' '),
);

/** Whether an English word carries grammar rather than content. Case does not matter. */
export function isStopword(word: string): boolean {
  return stopwords.has(word.toLowerCase());
}
