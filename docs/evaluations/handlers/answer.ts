interface Letter {
  from: string;
  about: string;
}

export function answer({ from, about }: Letter) {
  const topics = about.split(/,| and /).map((topic) => topic.trim());
  return { subject: `About ${about}`, text: `Dear ${from}, thank you for asking about ${topics.join(' and ')}.`, topics };
}
