-- What wrk sends, and the line of JSON it reports. Arguments after `--`: KIND TABLE ITEMS
--   put       PutItem of 300 bytes onto a random one of ITEMS keys, always another value
--   cond_put  the same, on condition that the item is there and its value is another
--   grouped   the same, with a `group` that follows from the key: for a table with indexes
--   update    UpdateItem, `SET v = v + :d`, of a random one of ITEMS keys
--   transact  TransactWriteItems of two such puts, of keys that differ
--   batch     BatchWriteItem of 25 such puts, of keys that differ
--   get       GetItem of a random one of ITEMS keys
--   query     Query of a random partition of 100 items, ITEMS in all

local kind, table_name, items
local headers = {
    ["Content-Type"] = "application/x-amz-json-1.0",
    ["X-Amz-Date"] = "20200101T000000Z",
    ["Authorization"] = "AWS4-HMAC-SHA256 Credential=any/20200101/us-east-1/dynamodb/aws4_request, "
        .. "SignedHeaders=host;x-amz-date;x-amz-target, Signature=00",
}
local targets = {
    put = "PutItem", cond_put = "PutItem", grouped = "PutItem", update = "UpdateItem",
    transact = "TransactWriteItems", batch = "BatchWriteItem", get = "GetItem", query = "Query",
}
local text = string.rep("x", 230)
local shorter_text = string.rep("x", 210)  -- `group` takes the rest
local batch_size = 25

function init(arguments)
    kind, table_name, items = arguments[1], arguments[2], tonumber(arguments[3])
    headers["X-Amz-Target"] = "DynamoDB_20120810." .. targets[kind]
    math.randomseed(os.time())
end

local function random_key()
    return math.random(0, items - 1)
end

local function item(key)
    return string.format('{"id":{"S":"user-%07d"},"v":{"N":"%d"},"text":{"S":"%s"}}',
        key, math.random(1000000000), text)
end

local function grouped_item(key)
    return string.format(
        '{"id":{"S":"user-%07d"},"v":{"N":"%d"},"group":{"S":"%03d"},"text":{"S":"%s"}}',
        key, math.random(1000000000), key % 1000, shorter_text)
end

-- `count` different keys: a random stretch of the table.
local function puts(count, before, after)
    local first, parts = math.random(0, items - count), {}
    for i = 1, count do
        parts[i] = before .. item(first + i - 1) .. after
    end
    return table.concat(parts, ",")
end

local bodies = {
    put = function()
        return string.format('{"TableName":"%s","Item":%s}', table_name, item(random_key()))
    end,
    cond_put = function()
        return string.format(
            '{"TableName":"%s","Item":%s,"ConditionExpression":"attribute_exists(id) AND v <> :v",'
            .. '"ExpressionAttributeValues":{":v":{"N":"-%d"}}}',
            table_name, item(random_key()), math.random(1000000000))
    end,
    grouped = function()
        return string.format('{"TableName":"%s","Item":%s}', table_name, grouped_item(random_key()))
    end,
    update = function()
        return string.format(
            '{"TableName":"%s","Key":{"id":{"S":"user-%07d"}},"UpdateExpression":"SET v = v + :d",'
            .. '"ExpressionAttributeValues":{":d":{"N":"%d"}}}',
            table_name, random_key(), math.random(1000))
    end,
    transact = function()
        return '{"TransactItems":[' .. puts(2, '{"Put":{"TableName":"' .. table_name
            .. '","Item":', "}}") .. "]}"
    end,
    batch = function()
        return '{"RequestItems":{"' .. table_name .. '":['
            .. puts(batch_size, '{"PutRequest":{"Item":', "}}") .. "]}}"
    end,
    get = function()
        return string.format('{"TableName":"%s","Key":{"id":{"S":"user-%07d"}}}', table_name,
            random_key())
    end,
    query = function()
        return string.format(
            '{"TableName":"%s","KeyConditionExpression":"id = :id","ExpressionAttributeValues":'
            .. '{":id":{"S":"user-%07d"}}}', table_name, math.random(0, items / 100 - 1))
    end,
}

function request()
    return wrk.format("POST", "/", headers, bodies[kind]())
end

function done(summary, latency, requests)
    local failed = summary.errors.status + summary.errors.connect + summary.errors.read
        + summary.errors.write + summary.errors.timeout
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "failed": %d, "p50_us": %.0f, "p99_us": %.0f}\n',
        summary.requests, summary.duration / 1000000, failed,
        latency:percentile(50), latency:percentile(99)))
end
