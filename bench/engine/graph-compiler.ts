// ENG-G2 is about this one step of `compileWorkflow`, which is private to core: the bench is the only one to look behind its entry.
export { compileGraph } from '../../packages/core/src/graph/compile-graph.ts';
