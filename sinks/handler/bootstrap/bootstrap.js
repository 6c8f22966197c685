// Runs a Lambda function written in JavaScript: loads the handler that _HANDLER names and feeds it
// from the Runtime API. Millbeck starts `node -` with this text as its input, in LAMBDA_TASK_ROOT.
"use strict";
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const url = require("node:url");
const util = require("node:util");

const API = "/2018-06-01/runtime/";
const [HOST, PORT] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
// One connection that lives as long as this process.
const AGENT = new http.Agent({ keepAlive: true, maxSockets: 1 });

// {status, headers, body}; `headers` are those of the request.
function call(method, name, headers = {}, body = "") {
  return new Promise((resolve, reject) => {
    const bytes = Buffer.from(body, "utf8");
    const request = http.request(
      {
        host: HOST,
        port: Number(PORT),
        path: API + name,
        method,
        agent: AGENT,
        headers: { "Content-Type": "application/json", "Content-Length": bytes.length, ...headers },
      },
      (reply) => {
        const parts = [];
        reply.on("data", (part) => parts.push(part));
        reply.on("error", reject);
        reply.on("end", () =>
          resolve({
            status: reply.statusCode,
            headers: reply.headers,
            body: Buffer.concat(parts).toString("utf8"),
          })
        );
      }
    );
    request.setNoDelay(true);
    // Millbeck has gone, or has no more use for this process.
    request.on("error", () => process.exit(0));
    request.end(bytes);
  });
}

// An error that Lambda has a name of its own for.
class Fault extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

function errorDocument(error) {
  if (!(error instanceof Error) && !util.types.isNativeError(error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  return {
    errorType: error.name,
    errorMessage: error.message,
    // Without the frames of this file.
    trace: (error.stack || "").split("\n").filter((line) => !line.includes("[stdin]:")),
  };
}

const errorHeaders = (document) => ({
  "Lambda-Runtime-Function-Error-Type": document.errorType.replace(/[^\x20-\x7e]/g, "?"),
});

// ---- The log: Lambda's console puts time, request and level in front, tabs between them.

let requestId;

function patchConsole() {
  const log = (level, parts) => {
    const text = util.format(...parts).replace(/\n/g, "\r");
    process.stdout.write(
      `${new Date().toISOString()}\t${requestId}\t${level}\t${text}\n`
    );
  };
  const levels = { log: "INFO", info: "INFO", debug: "DEBUG", warn: "WARN", error: "ERROR", trace: "TRACE" };
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...parts) => log(level, parts);
  }
}

// ---- Loading.

async function importFile(file) {
  return import(url.pathToFileURL(file).href);
}

function isEsModule(file) {
  if (!file.endsWith(".js")) {
    return file.endsWith(".mjs");
  }
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const description = path.join(folder, "package.json");
    if (fs.existsSync(description)) {
      return JSON.parse(fs.readFileSync(description, "utf8")).type === "module";
    }
    if (folder === path.dirname(folder)) {
      return false;
    }
  }
}

async function loadModule(root, name) {
  const stem = path.resolve(root, name);
  const file = ["", ".js", ".mjs", ".cjs"]
    .map((ending) => stem + ending)
    .find((each) => fs.existsSync(each) && fs.statSync(each).isFile());
  try {
    if (file === undefined) {
      return require(require.resolve(name, { paths: [root] }));
    }
    return isEsModule(file) ? await importFile(file) : require(file);
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw Object.assign(new Fault("Runtime.UserCodeSyntaxError", String(error)), { stack: error.stack });
    }
    if (error && (error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND")) {
      throw Object.assign(new Fault("Runtime.ImportModuleError", String(error)), { stack: error.stack });
    }
    throw error;
  }
}

async function loadHandler(root, fullName) {
  const folder = path.dirname(fullName);
  const found = /^([^.]*)\.(.*)$/.exec(path.basename(fullName));
  if (fullName.includes("..") || !found) {
    throw new Fault("Runtime.MalformedHandlerName", "Bad handler");
  }
  const [, file, names] = found;
  let handler = await loadModule(root, path.join(folder, file));
  for (const name of names.split(".")) {
    handler = handler === undefined || handler === null ? undefined : handler[name];
  }
  if (handler === undefined) {
    throw new Fault("Runtime.HandlerNotFound", `${fullName} is undefined or not exported`);
  }
  if (typeof handler !== "function") {
    throw new Fault("Runtime.HandlerNotFound", `${fullName} is not a function`);
  }
  return handler;
}

// ---- Invoking.

function makeContext(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const parsed = (name) => (headers[name] ? JSON.parse(headers[name]) : undefined);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed("lambda-runtime-client-context"),
    identity: parsed("lambda-runtime-cognito-identity"),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    tenantId: headers["lambda-runtime-aws-tenant-id"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function encode(result) {
  try {
    const text = JSON.stringify(result === undefined ? null : result);
    return text === undefined ? "null" : text;
  } catch (error) {
    throw new Fault("Runtime.MarshalError", `Unable to stringify response body: ${error.message}`);
  }
}

// Called when nothing is left to do: what a handler with a call-back that waits for that needs.
let whenIdle;
process.on("beforeExit", () => {
  const resume = whenIdle;
  whenIdle = undefined;
  if (resume) {
    resume();
  }
});

// The result of any style of handler: async, call-back, context.done and its kin.
function invoke(handler, event, context) {
  return new Promise((resolve, reject) => {
    const settle = (error, result) =>
      error === undefined || error === null ? resolve(result) : reject(error);
    const callback = (error, result) => {
      if (context.callbackWaitsForEmptyEventLoop) {
        whenIdle = () => settle(error, result);
      } else {
        settle(error, result);
      }
    };
    context.done = (error, result) => {
      context.callbackWaitsForEmptyEventLoop = false;
      settle(error, result);
    };
    context.succeed = (result) => context.done(null, result);
    context.fail = (error) => context.done(error === undefined ? "handled" : error);
    // Without a promise and without a call-back the answer is null, once nothing is left to do.
    whenIdle = () => settle(null, null);
    const returned = handler(event, context, callback);
    if (returned && typeof returned.then === "function") {
      whenIdle = undefined;
      returned.then(resolve, reject);
    }
  });
}

async function fail(error) {
  const document = errorDocument(error);
  console.error("Invoke Error ", JSON.stringify({ ...document, stack: document.trace }));
  await call("POST", `invocation/${requestId}/error`, errorHeaders(document), JSON.stringify(document));
}

// Nobody can say what is still in order: the error is the answer, and the process ends.
function endWith(error, name, code) {
  const document = errorDocument(error);
  if (name) {
    Object.assign(document, { errorType: name, errorMessage: String(error && error.stack ? error : document.errorMessage) });
  }
  console.error(name || "Uncaught Exception", JSON.stringify({ ...document, stack: document.trace }));
  const where = requestId === undefined ? "init/error" : `invocation/${requestId}/error`;
  call("POST", where, errorHeaders(document), JSON.stringify(document)).then(() => process.exit(code));
}

async function run(handler) {
  for (;;) {
    const event = await call("GET", "invocation/next");
    if (event.status !== 200) {
      process.exit(1);
    }
    requestId = event.headers["lambda-runtime-aws-request-id"];
    const trace = event.headers["lambda-runtime-trace-id"];
    if (trace) {
      process.env._X_AMZN_TRACE_ID = trace;
    } else {
      delete process.env._X_AMZN_TRACE_ID;
    }
    try {
      const result = await invoke(handler, JSON.parse(event.body), makeContext(event.headers));
      await call("POST", `invocation/${requestId}/response`, {}, encode(result));
    } catch (error) {
      await fail(error);
    }
  }
}

async function main() {
  patchConsole();
  process.on("uncaughtException", (error) => endWith(error, undefined, 129));
  process.on("unhandledRejection", (reason) =>
    endWith(reason, "Runtime.UnhandledPromiseRejection", 128)
  );
  let handler;
  try {
    handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  } catch (error) {
    const document = errorDocument(error);
    console.error("Uncaught Exception ", JSON.stringify({ ...document, stack: document.trace }));
    await call("POST", "init/error", errorHeaders(document), JSON.stringify(document));
    process.exit(1);
  }
  await run(handler);
}

main();
