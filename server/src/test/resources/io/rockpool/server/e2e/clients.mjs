// The same calls by OpenAI's and Anthropic's own clients, of a provider and through Rockpool: what they hold then.
import { createRequire } from "node:module";

const require = createRequire(process.env.RP_MODULES);
const OpenAI = require("openai").default;
const Anthropic = require("@anthropic-ai/sdk").default;

const schema = { type: "object", properties: { path: { type: "string" } }, required: ["path"] };
const question = "Read café/😀.txt\r\n\t\u2028";

async function all(stream) {
  const events = [];
  for await (const event of stream) events.push(event);
  return events;
}

async function openAi(client, held) {
  const functions = ["read_file", "weather"].map((name) => ({ name, description: `Says "${name}" 汉字`, parameters: schema, strict: true }));
  const tools = functions.map((it) => ({ type: "function", function: it }));
  const messages = [{ role: "developer", content: "Be kind 😀" }, { role: "user", content: question }];
  const results = (asked) => [
    ...messages,
    asked,
    ...asked.tool_calls.map((it) => ({ role: "tool", tool_call_id: it.id, content: `{"of":"${it.function.name}"} 😀` })),
  ];
  held["openai models"] = await all(client.models.list());
  held["openai model"] = [await client.models.retrieve("ft:small"), await client.models.retrieve("maker/small")];
  held["openai embeddings"] = [await client.embeddings.create({ model: "small", input: ["Grüße", "汉字 😀"] })];
  held["openai embeddings as numbers"] = [await client.embeddings.create({ model: "small", input: "a", encoding_format: "float" })];
  const { completions } = client.chat;
  const whole = await completions.create({ model: "tools", messages, tools });
  const answer = await completions.create({ model: "after", messages: results(whole.choices[0].message), tools });
  held["openai chat"] = [whole, answer];
  held["openai name of a call"] = [whole._request_id.length, whole._request_id];
  for (const [name, more] of [["", {}], [", with usage", { stream_options: { include_usage: true } }]]) {
    const asked = await all(await completions.create({ model: "tools", messages, tools, stream: true, ...more }));
    const last = await all(
      await completions.create({ model: "after", messages: results(whole.choices[0].message), tools, stream: true, ...more }),
    );
    const put = await completions.stream({ model: "tools", messages, tools, ...more }).finalChatCompletion();
    held[`openai chat in a stream${name}`] = [...asked, ...last, put];
  }
  const called = [];
  const runner = completions.runTools(
    {
      model: "tools",
      messages,
      tools: functions.map((it) => ({
        type: "function",
        function: { ...it, parse: JSON.parse, function: (input) => (called.push(input), "done 😀") },
      })),
    },
    { maxChatCompletions: 1 },
  );
  await runner.done();
  held["openai tools that run by themselves"] = [called, ...runner.messages];
  const input = [{ role: "user", content: question }];
  const wish = { instructions: "Be kind 😀", store: false, tools: functions.map((it) => ({ type: "function", ...it })) };
  const outputs = (asked) => [
    ...input,
    ...asked.output,
    ...asked.output
      .filter((it) => it.type === "function_call")
      .map((it) => ({ type: "function_call_output", call_id: it.call_id, output: `{"of":"${it.name}"} 😀` })),
  ];
  const response = await client.responses.create({ ...wish, model: "tools", input });
  held["openai responses"] = [response, await client.responses.create({ ...wish, model: "after", input: outputs(response) })];
  const events = await all(await client.responses.create({ ...wish, model: "tools", input, stream: true }));
  const final = await client.responses.stream({ ...wish, model: "after", input: outputs(response) }).finalResponse();
  held["openai responses in a stream"] = [...events, final];
}

async function anthropic(client, held) {
  const tools = [{ name: "read_file", description: 'Reads "a file" 汉字', input_schema: schema }];
  const messages = [{ role: "user", content: question }];
  const wish = { max_tokens: 4096, system: "Be kind 😀", thinking: { type: "enabled", budget_tokens: 2048 }, tools };
  const results = (asked) => [
    ...messages,
    { role: asked.role, content: asked.content },
    {
      role: "user",
      content: asked.content
        .filter((it) => it.type === "tool_use")
        .map((it) => ({ type: "tool_result", tool_use_id: it.id, content: `{"of":"${it.name}"} 😀` })),
    },
  ];
  held["anthropic models"] = [];
  for await (const model of client.models.list({ limit: 1 })) {
    if (held["anthropic models"].push(model) === 10) break;
  }
  held["anthropic model"] = [await client.models.retrieve("claude-opus-4-1"), await client.models.retrieve("maker/claude")];
  const counted = { model: "tools", system: "Be kind 😀", tools, messages };
  held["anthropic tokens counted"] = [
    await client.messages.countTokens(counted),
    await client.beta.messages.countTokens({ ...counted, betas: ["token-counting-2024-11-01"] }),
  ];
  const whole = await client.messages.create({ ...wish, model: "tools", messages });
  held["anthropic name of a call"] = [whole._request_id.length, whole._request_id];
  held["anthropic messages"] = [whole, await client.messages.create({ ...wish, model: "after", messages: results(whole) })];
  const events = await all(await client.messages.create({ ...wish, model: "tools", messages, stream: true }));
  const final = await client.messages.stream({ ...wish, model: "after", messages: results(whole) }).finalMessage();
  held["anthropic messages in a stream"] = [...events, final];
  const beta = { ...wish, model: "tools", messages, betas: ["interleaved-thinking-2025-05-14"] };
  held["anthropic beta messages"] = [await client.beta.messages.create(beta), ...(await all(await client.beta.messages.create({ ...beta, stream: true })))];
  const parsed = await client.messages.stream({ ...wish, model: "tools", messages }).finalMessage();
  held["anthropic tools put together"] = [parsed];
}

async function held(openAiUrl, anthropicUrl, apiKey) {
  const held = {};
  await openAi(new OpenAI({ baseURL: openAiUrl, apiKey, maxRetries: 0 }), held);
  await anthropic(new Anthropic({ baseURL: anthropicUrl, apiKey, maxRetries: 0 }), held);
  // As text, so that it is compared as the client holds it.
  return Object.fromEntries(Object.entries(held).map(([name, it]) => [name, it.map((one) => JSON.stringify(one))]));
}

const { RP_DIRECT, RP_REAL_KEY, RP_OPENAI, RP_ANTHROPIC, RP_KEY } = process.env;
const direct = await held(`${RP_DIRECT}/v1`, RP_DIRECT, RP_REAL_KEY);
const through = await held(RP_OPENAI, RP_ANTHROPIC, RP_KEY);
console.log(JSON.stringify({ direct, through }));
