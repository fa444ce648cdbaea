/** The AI SDK names the provider and the API of it that it used: `openai.chat`, `anthropic.messages`. */
const API = /\.(?:chat|responses|completion|completions|messages|embedding|textEmbedding|image|generative-ai)$/u

/** A provider's name without the API of it, so that one provider has one name. */
export function providerOf(said: string | null): string | null {
  return said === null ? null : said.replace(API, '')
}
