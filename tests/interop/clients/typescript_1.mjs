// The official TypeScript SDK 1.x as a client; what it is told and what it reports: ../clients.py.
import { createRequire } from "node:module";

const [folder, words] = process.argv.slice(2);
const require = createRequire(folder + "/");
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");
const { StreamableHTTPClientTransport } = require("@modelcontextprotocol/sdk/client/streamableHttp.js");

const order = JSON.parse(words);
const transport = order.url
  ? new StreamableHTTPClientTransport(new URL(order.url))
  : new StdioClientTransport({ command: order.command, args: order.args });
let revision;
transport.setProtocolVersion = (version) => (revision = version);

async function call(name, args) {
  try {
    return await client.callTool({ name, arguments: args });
  } catch (error) {
    return { error: { code: error.code, message: error.message } };
  }
}

const client = new Client({ name: "tests", version: "1" });
await client.connect(transport);
const { tools } = await client.listTools();
const results = [];
for (const [name, args] of order.calls) results.push(await call(name, args));
const ping = await client.ping();
await client.close();
console.log(JSON.stringify({ revision, tools: tools.map((tool) => tool.name), results, ping }));
