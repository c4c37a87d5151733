/** What a section of a new document is filled with. */
export type Filling = 'points' | 'steps' | 'material' | 'placeholder';

/** A kind of document: the words that name it and the sections it usually has. */
export interface DocumentKind {
  names: readonly string[];
  /** `label`: “Release Note: Faster Search”; `topic`: “Faster Search”. */
  title: 'label' | 'topic';
  /** A greeting and a closing line, for letters. */
  letter?: boolean;
  sections: readonly { heading: string; filling: Filling; hint: string }[];
}

/** Kinds in the order they are looked for; the last one takes everything else. Hints become visible placeholders. */
export const documentKinds: readonly DocumentKind[] = [
  {
    names: ['release note', 'release notes', 'changelog', 'changelog entry'],
    title: 'label',
    sections: [
      { heading: 'What’s new', filling: 'points', hint: 'the changes' },
      { heading: 'Why it matters', filling: 'material', hint: 'what readers gain' },
      { heading: 'Availability', filling: 'placeholder', hint: 'version, date and how to get it' },
    ],
  },
  {
    names: ['meeting notes', 'meeting minutes', 'minutes', 'meeting agenda', 'agenda'],
    title: 'label',
    sections: [
      { heading: 'Attendees', filling: 'placeholder', hint: 'who took part' },
      { heading: 'Topics', filling: 'points', hint: 'what was discussed' },
      { heading: 'Discussion', filling: 'material', hint: 'what was said' },
      { heading: 'Decisions', filling: 'placeholder', hint: 'what was decided' },
      { heading: 'Action items', filling: 'placeholder', hint: 'tasks, owners and dates' },
    ],
  },
  {
    names: ['proposal', 'pitch', 'business case', 'rfc'],
    title: 'label',
    sections: [
      { heading: 'Proposal', filling: 'points', hint: 'what is proposed' },
      { heading: 'Background', filling: 'material', hint: 'the problem and why it should be solved now' },
      { heading: 'Cost and timeline', filling: 'placeholder', hint: 'effort, cost and dates' },
      { heading: 'Next steps', filling: 'placeholder', hint: 'the decision needed and by whom' },
    ],
  },
  {
    names: ['announcement', 'press release', 'news', 'notice', 'invitation'],
    title: 'label',
    sections: [
      { heading: 'In short', filling: 'points', hint: 'what is announced' },
      { heading: 'Details', filling: 'material', hint: 'dates, places and conditions' },
      { heading: 'Contact', filling: 'placeholder', hint: 'who answers questions' },
    ],
  },
  {
    names: ['blog post', 'article', 'post', 'newsletter', 'essay'],
    title: 'topic',
    sections: [
      { heading: 'In this post', filling: 'points', hint: 'the main ideas' },
      { heading: 'Background', filling: 'material', hint: 'the story and the examples' },
      { heading: 'Takeaway', filling: 'placeholder', hint: 'what readers should remember or do' },
    ],
  },
  {
    names: ['email', 'e-mail', 'mail', 'letter', 'message', 'memo'],
    title: 'label',
    letter: true,
    sections: [
      { heading: 'Key points', filling: 'points', hint: 'what the reader should know' },
      { heading: 'Details', filling: 'material', hint: 'facts and dates' },
      { heading: 'What happens next', filling: 'placeholder', hint: 'what the reader should do, and by when' },
    ],
  },
  {
    names: ['readme', 'readme file'],
    title: 'topic',
    sections: [
      { heading: 'What it does', filling: 'points', hint: 'the features' },
      { heading: 'About', filling: 'material', hint: 'why it exists and who it is for' },
      { heading: 'Getting started', filling: 'placeholder', hint: 'how to install and run it' },
      { heading: 'Licence', filling: 'placeholder', hint: 'the licence' },
    ],
  },
  {
    names: ['how-to', 'how to', 'howto', 'tutorial', 'guide', 'walkthrough', 'instructions', 'runbook'],
    title: 'label',
    sections: [
      { heading: 'Before you start', filling: 'placeholder', hint: 'what is needed' },
      { heading: 'Steps', filling: 'steps', hint: 'the steps' },
      { heading: 'Notes', filling: 'material', hint: 'background and limits' },
      { heading: 'If something goes wrong', filling: 'placeholder', hint: 'common problems and remedies' },
    ],
  },
  {
    names: ['report', 'status update', 'update', 'summary', 'analysis', 'post-mortem', 'postmortem', 'retrospective', 'review'],
    title: 'label',
    sections: [
      { heading: 'Scope', filling: 'points', hint: 'what is covered' },
      { heading: 'Findings', filling: 'material', hint: 'results with their sources' },
      { heading: 'Open questions', filling: 'placeholder', hint: 'what is not known yet' },
      { heading: 'Next steps', filling: 'placeholder', hint: 'tasks, owners and dates' },
    ],
  },
  {
    names: ['plan', 'checklist', 'to-do list', 'todo list', 'roadmap', 'list', 'strategy'],
    title: 'label',
    sections: [
      { heading: 'Items', filling: 'steps', hint: 'the items' },
      { heading: 'Background', filling: 'material', hint: 'goals and limits' },
      { heading: 'Owners and dates', filling: 'placeholder', hint: 'who does what, and by when' },
    ],
  },
  {
    names: ['specification', 'spec', 'design document', 'design doc', 'requirements', 'policy', 'job description', 'product description'],
    title: 'label',
    sections: [
      { heading: 'Scope', filling: 'points', hint: 'what is covered' },
      { heading: 'Details', filling: 'material', hint: 'the terms and requirements' },
      { heading: 'Open questions', filling: 'placeholder', hint: 'what is not decided yet' },
    ],
  },
  {
    names: ['document', 'note', 'text', 'draft', 'page', 'paragraph', 'file'],
    title: 'topic',
    sections: [
      { heading: 'Key points', filling: 'points', hint: 'the main points' },
      { heading: 'Details', filling: 'material', hint: 'facts, examples and sources' },
      { heading: 'Next steps', filling: 'placeholder', hint: 'tasks, owners and dates' },
    ],
  },
];
