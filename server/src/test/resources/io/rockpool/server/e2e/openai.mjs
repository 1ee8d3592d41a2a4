// OpenAI's own client at an instance's edge.
import { createRequire } from "node:module";

const require = createRequire(process.env.RP_MODULES);
const OpenAI = require("openai").default;
const baseURL = process.env.RP_URL;
const client = new OpenAI({ baseURL, apiKey: process.env.RP_TOKEN, maxRetries: 0 });
const messages = [{ role: "user", content: "Hello from a client" }];

const models = (await client.models.list()).data.map((model) => model.id);
const answer = await client.chat.completions.create({ model: "openclaw", user: "whole", messages });
const stream = await client.chat.completions.create({ model: "openclaw", user: "streamed", messages, stream: true });
let streamed = "";
let pieces = 0;
for await (const chunk of stream) {
  const text = chunk.choices[0]?.delta?.content ?? "";
  streamed += text;
  pieces += text === "" ? 0 : 1;
}
const stranger = new OpenAI({ baseURL, apiKey: "rp_nobody-knows-this-token-0123456789", maxRetries: 0 });
const refused = await stranger.models.list().then(() => 200, (error) => error.status);
console.log(JSON.stringify({ models, whole: answer.choices[0].message.content, streamed, pieces, refused }));
