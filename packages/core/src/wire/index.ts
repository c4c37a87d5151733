export {
  type EffectKind,
  type EngineEvent,
  type EventType,
  effectKindSchema,
  eventSchemas,
  faultSchema,
  type JournalEvent,
  type Outcome,
  outcomeSchema,
  type Payload,
  type Provenance,
  provenanceSchema,
  type Remembered,
  type RunMetadata,
  rememberedSchema,
  runMetadataSchema,
  type TimedEvent,
  type Verdict,
  verdictSchema,
} from './events.ts';
export { type Frame, frameSchema } from './frames.ts';
export { canonicalJson, isJsonObject, type Json, type JsonFault, type JsonObject, jsonFault } from './json.ts';
export {
  type Attribution,
  type BudgetScope,
  budgetScopeSchema,
  type Reservation,
  type Route,
  reservationSchema,
  routeSchema,
  type TokenUsage,
  tokenUsageSchema,
} from './usage.ts';
