-- What wrk sends, and the line of JSON it reports. Arguments after `--`: KIND TABLE ITEMS
--   put    PutItem of 300 bytes onto a random one of ITEMS keys, always another value
--   get    GetItem of a random one of ITEMS keys
--   load   BatchWriteItem of all ITEMS keys in order, then it stops

local kind, table_name, items
local headers = {
    ["Content-Type"] = "application/x-amz-json-1.0",
    ["X-Amz-Date"] = "20200101T000000Z",
    ["Authorization"] = "AWS4-HMAC-SHA256 Credential=any/20200101/us-east-1/dynamodb/aws4_request, "
        .. "SignedHeaders=host;x-amz-date;x-amz-target, Signature=00",
}
local targets = { put = "PutItem", get = "GetItem", load = "BatchWriteItem" }
local text = string.rep("x", 230)
local sent, answered, batches = 0, 0, 0
local asked_before = false

function init(arguments)
    kind, table_name, items = arguments[1], arguments[2], tonumber(arguments[3])
    headers["X-Amz-Target"] = "DynamoDB_20120810." .. targets[kind]
    math.randomseed(os.time())
    batches = math.ceil(items / 25)
    -- A response function costs wrk the parsing of every answer, so only loading has one.
    if kind == "load" then
        response = count_answer
    end
end

function count_answer(status, answer_headers, body)
    if body:find("UnprocessedItems", 1, true) then
        answered = answered + 1
        if answered == batches then
            wrk.thread:stop()
        end
    end
end

local function item(key)
    return string.format('{"id":{"S":"user-%07d"},"v":{"N":"%d"},"text":{"S":"%s"}}',
        key, math.random(1000000000), text)
end

local function batch(first)
    local requests = {}
    for key = first, math.min(items, first + 25) - 1 do
        requests[#requests + 1] = '{"PutRequest":{"Item":' .. item(key) .. "}}"
    end
    return '{"RequestItems":{"' .. table_name .. '":[' .. table.concat(requests, ",") .. "]}}"
end

function request()
    if kind == "put" then
        return wrk.format("POST", "/", headers, '{"TableName":"' .. table_name .. '","Item":'
            .. item(math.random(0, items - 1)) .. "}")
    elseif kind == "get" then
        return wrk.format("POST", "/", headers, string.format(
            '{"TableName":"%s","Key":{"id":{"S":"user-%07d"}}}', table_name,
            math.random(0, items - 1)))
    end
    -- wrk asks once only to see whether it can. Connections that find nothing left ask for
    -- something cheap until all batches are answered.
    local first = not asked_before
    asked_before = true
    if first or sent >= batches then
        return wrk.format("GET", "/health/live")
    end
    sent = sent + 1
    return wrk.format("POST", "/", headers, batch((sent - 1) * 25))
end

function done(summary, latency, requests)
    local failed = summary.errors.status + summary.errors.connect + summary.errors.read
        + summary.errors.write + summary.errors.timeout
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "failed": %d, "p50_us": %.0f, "p99_us": %.0f}\n',
        summary.requests, summary.duration / 1000000, failed,
        latency:percentile(50), latency:percentile(99)))
end
