-- What wrk sends, and the line of JSON it reports. Arguments after `--`: KIND TABLE ITEMS
--   put    PutItem of 300 bytes onto a random one of ITEMS keys, always another value
--   get    GetItem of a random one of ITEMS keys
--   query  Query of a random partition of 100 items, ITEMS in all

local kind, table_name, items
local headers = {
    ["Content-Type"] = "application/x-amz-json-1.0",
    ["X-Amz-Date"] = "20200101T000000Z",
    ["Authorization"] = "AWS4-HMAC-SHA256 Credential=any/20200101/us-east-1/dynamodb/aws4_request, "
        .. "SignedHeaders=host;x-amz-date;x-amz-target, Signature=00",
}
local targets = { put = "PutItem", get = "GetItem", query = "Query" }
local text = string.rep("x", 230)

function init(arguments)
    kind, table_name, items = arguments[1], arguments[2], tonumber(arguments[3])
    headers["X-Amz-Target"] = "DynamoDB_20120810." .. targets[kind]
    math.randomseed(os.time())
end

local function item(key)
    return string.format('{"id":{"S":"user-%07d"},"v":{"N":"%d"},"text":{"S":"%s"}}',
        key, math.random(1000000000), text)
end

function request()
    if kind == "put" then
        return wrk.format("POST", "/", headers, '{"TableName":"' .. table_name .. '","Item":'
            .. item(math.random(0, items - 1)) .. "}")
    end
    if kind == "query" then
        return wrk.format("POST", "/", headers, string.format(
            '{"TableName":"%s","KeyConditionExpression":"id = :id","ExpressionAttributeValues":'
            .. '{":id":{"S":"user-%07d"}}}', table_name, math.random(0, items / 100 - 1)))
    end
    return wrk.format("POST", "/", headers, string.format(
        '{"TableName":"%s","Key":{"id":{"S":"user-%07d"}}}', table_name,
        math.random(0, items - 1)))
end

function done(summary, latency, requests)
    local failed = summary.errors.status + summary.errors.connect + summary.errors.read
        + summary.errors.write + summary.errors.timeout
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "failed": %d, "p50_us": %.0f, "p99_us": %.0f}\n',
        summary.requests, summary.duration / 1000000, failed,
        latency:percentile(50), latency:percentile(99)))
end
