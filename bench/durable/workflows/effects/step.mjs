/* The bench hands its effect over by this name: the workflow is loaded by the platform, not by the bench. */
export async function step({ topic, count }) {
  await globalThis.espalierBenchEffect();
  return { topic, count: count + 1 };
}
