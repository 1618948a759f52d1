// Lambda's runtime loop, as short as it can be: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
// AWS's own client for Node.js brings a compiled part and is no faster.
import http from "node:http";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true });

const call = (method, path, body) =>
  new Promise((resolve, reject) => {
    const request = http.request({ host, port, agent, method, path: `/2018-06-01/runtime/${path}` }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve([response.headers, Buffer.concat(parts)]));
    });
    request.on("error", reject);
    request.end(body);
  });

const { handler } = await import(process.argv[2]);
for (;;) {
  const [headers, event] = await call("GET", "invocation/next");
  const id = headers["lambda-runtime-aws-request-id"];
  try {
    await call("POST", `invocation/${id}/response`, JSON.stringify(await handler(JSON.parse(event))));
  } catch (error) {
    await call("POST", `invocation/${id}/error`, JSON.stringify({ errorMessage: String(error?.stack ?? error) }));
  }
}
