// What OpenAI's and Anthropic's own clients throw when they are refused.
import { createRequire } from "node:module";

const require = createRequire(process.env.RP_MODULES);
const OpenAI = require("openai").default;
const Anthropic = require("@anthropic-ai/sdk").default;
const { RP_OPENAI, RP_ANTHROPIC, RP_KEY: apiKey, RP_MODEL: model } = process.env;

const messages = [{ role: "user", content: "hello" }];
const openAi = new OpenAI({ baseURL: RP_OPENAI, apiKey, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: RP_ANTHROPIC, apiKey, maxRetries: 0 });
// As many tries as programs make that say nothing of it.
const patient = { openai: new OpenAI({ baseURL: RP_OPENAI, apiKey }), anthropic: new Anthropic({ baseURL: RP_ANTHROPIC, apiKey }) };
const clients = model === "busy" ? { openai: openAi, anthropic } : patient;

const thrown = (call) =>
  call.then(
    () => ({}),
    (error) => ({ status: error.status, name: error.constructor.name, message: error.message }),
  );

console.log(
  JSON.stringify({
    openai: await thrown(clients.openai.chat.completions.create({ model, messages })),
    "openai in a stream": await thrown(clients.openai.chat.completions.create({ model, messages, stream: true })),
    anthropic: await thrown(clients.anthropic.messages.create({ model, messages, max_tokens: 64 })),
    "anthropic in a stream": await thrown(clients.anthropic.messages.create({ model, messages, max_tokens: 64, stream: true })),
  }),
);
