import type { JsonObject } from '@espalier/core';
import type { ModelTool } from '../../../ports/model.ts';

const sentences = [
  'The committee met in the old town hall on 4 May and heard three speakers.',
  'Traffic on the ring road grew by a tenth, and most of it passed the two schools.',
  'Residents asked why the bridge had been closed; the engineer compared it with the one of 1978.',
  'Ms Okafor explained that the plan of 2019 had been made before the flood.',
  'A function was held in the garden afterwards, and the class of 1966 sang.',
  'Nobody could prove who had ordered the new lamps, which cost 14,200 crowns.',
];

/** A report in plain prose of about so many characters. Its words are some of those that orders are given with; it gives none. */
export function longDocument(length: number): string {
  const paragraph = sentences.join(' ');
  return Array.from({ length: Math.ceil(length / paragraph.length) }, (_, index) => `Section ${index + 1}. ${paragraph}`).join('\n\n');
}

/** What an extraction answers with: nested twice. */
export const ordersSchema: JsonObject = {
  type: 'object',
  required: ['orders'],
  properties: {
    orders: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          customer: { type: 'string' },
          city: { type: 'string' },
          items: { type: 'array', items: { type: 'object', properties: { name: { type: 'string' }, amount: { type: 'integer' } } } },
        },
      },
    },
  },
};

export const searchTools: readonly ModelTool[] = [
  { name: 'search', description: 'Searches records by text.', input: { type: 'object', properties: { query: { type: 'string' } } } },
  { name: 'book', description: 'Books what was found.', input: { type: 'object', properties: { id: { type: 'string' } } } },
];
